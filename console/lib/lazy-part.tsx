'use client'

import { lazy, Suspense } from 'react'
import type { ComponentType, ReactNode } from 'react'

/** A part that is fetched when it is first drawn: panels, dialogs, whatever most visits do not need. */
export function lazyPart<P extends object>(load: () => Promise<ComponentType<P>>, fallback: ReactNode = null): ComponentType<P> {
  const Part = lazy(() => load().then((component) => ({ default: component })))
  return function LazyPart(props: P) {
    return (
      <Suspense fallback={fallback}>
        <Part {...props} />
      </Suspense>
    )
  }
}
