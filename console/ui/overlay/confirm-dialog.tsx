'use client'

import { lazy, Suspense, useState } from 'react'
import type { ConfirmDialogProps } from './confirm-dialog-body.tsx'

const ConfirmDialogBody = lazy(() => import('./confirm-dialog-body.tsx').then(({ ConfirmDialogBody }) => ({ default: ConfirmDialogBody })))

/** Asks before destroying something; by its name where that is asked for. Loads when it first opens. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const [wasOpened, setWasOpened] = useState(props.isOpen)
  if (props.isOpen && !wasOpened) setWasOpened(true)
  if (!wasOpened) return null
  return (
    <Suspense>
      <ConfirmDialogBody key={String(props.isOpen)} {...props} />
    </Suspense>
  )
}
