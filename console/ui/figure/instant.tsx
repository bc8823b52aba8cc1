'use client'

import { useNow } from './now.tsx'
import { useFormat } from './use-format.ts'

/** When something was or will be: relative, with the instant and its zone on hover. */
export function Instant({ at }: { at: string }) {
  const format = useFormat()
  const now = useNow()
  const atMs = Date.parse(at)
  return (
    <time dateTime={at} data-hint={format.instant(atMs)} className="whitespace-nowrap">
      {format.relative(atMs, now)}
    </time>
  )
}

/** The same in full, where there is room for it. */
export function FullInstant({ at }: { at: string }) {
  const format = useFormat()
  const now = useNow()
  const atMs = Date.parse(at)
  return (
    <time dateTime={at}>
      {format.instant(atMs)} <span className="text-faint">({format.relative(atMs, now)})</span>
    </time>
  )
}
