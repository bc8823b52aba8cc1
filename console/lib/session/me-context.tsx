'use client'

import { createContext, use } from 'react'
import type { ReactNode } from 'react'
import type { Me } from './console-session.ts'

const MeContext = createContext<Me | null>(null)

export function MeProvider({ me, children }: { me: Me; children: ReactNode }) {
  return <MeContext value={me}>{children}</MeContext>
}

/** The signed-in person, with what they may do. */
export function useMe(): Me {
  const me = use(MeContext)
  if (!me) throw new Error('useMe needs a MeProvider above it')
  return me
}
