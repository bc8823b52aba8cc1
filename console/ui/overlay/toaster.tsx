'use client'

import { lazy, Suspense } from 'react'
import { useToastQueue } from './toast.ts'

const SonnerToaster = lazy(() => import('./sonner-toaster.tsx').then(({ SonnerToaster }) => ({ default: SonnerToaster })))

/** The place where toasts appear. Nothing is loaded until there is one. */
export function Toaster() {
  const isNeeded = useToastQueue((queue) => queue.isNeeded)
  if (!isNeeded) return null
  return (
    <Suspense>
      <SonnerToaster />
    </Suspense>
  )
}
