'use client'

import { useTranslations } from 'next-intl'
import { useId, useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../action/button.tsx'
import { Alert } from '../form/form-alert.tsx'
import { Input } from '../form/input.tsx'
import { Dialog } from './dialog.tsx'

export type ConfirmDialogProps = {
  isOpen: boolean
  title: string
  /** What will be lost, and what will stay. */
  children: ReactNode
  /** Must be typed before the button works, when what is destroyed cannot be made again. */
  name?: string
  action: string
  isBusy: boolean
  error?: string
  onConfirm: () => void
  onClose: () => void
}

/** The question itself; see confirm-dialog.tsx. */
export function ConfirmDialogBody({ isOpen, title, children, name, action, isBusy, error, onConfirm, onClose }: ConfirmDialogProps) {
  const t = useTranslations('ui.confirm')
  const [typed, setTyped] = useState('')
  const id = useId()
  const isReady = name === undefined || typed.trim() === name.trim()
  const footer = (
    <>
      <Button onClick={onClose}>{t('cancel')}</Button>
      <Button tone="danger" type="submit" form={id} isBusy={isBusy} disabled={!isReady}>
        {action}
      </Button>
    </>
  )
  return (
    <Dialog isOpen={isOpen} title={title} onClose={onClose} size="sm" footer={footer}>
      <form
        id={id}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (isReady && !isBusy) onConfirm()
        }}
      >
        <div className="text-sm text-muted">{children}</div>
        {name !== undefined && (
          <label className="flex flex-col gap-1.5 text-sm">
            <span>
              {t.rich('typeName', { name: () => <strong className="font-medium [overflow-wrap:anywhere] select-all">{name}</strong> })}
            </span>
            <Input value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" spellCheck={false} autoFocus />
          </label>
        )}
        {error && <Alert tone="danger">{error}</Alert>}
      </form>
    </Dialog>
  )
}
