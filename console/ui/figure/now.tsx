'use client'

import { createContext, use, useEffect, useState } from 'react'
import type { ReactNode } from 'react'

const Now = createContext(0)
const tickMs = 15_000

/** One clock for the page: the server's instant at first, so that both draw the same, then the browser's. */
export function NowProvider({ at, children }: { at: number; children: ReactNode }) {
  const [now, setNow] = useState(at)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), tickMs)
    return () => clearInterval(timer)
  }, [])
  return <Now value={now}>{children}</Now>
}

/** Milliseconds since the epoch, moving on every quarter of a minute. */
export function useNow(): number {
  return use(Now)
}
