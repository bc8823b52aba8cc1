import nextDynamic from 'next/dynamic'
import type { ComponentType } from 'react'

/** A part that loads when it is first shown, in the browser only: panels, dialogs, charts. */
export function dynamic<P>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  return nextDynamic(load, { ssr: false })
}
