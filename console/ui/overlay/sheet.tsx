'use client'

import * as Radix from 'radix-ui/dialog'
import { useEffect, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { cx } from '../theme/cx.ts'
import { CloseButton } from './dialog.tsx'

type SheetProps = {
  isOpen: boolean
  title: ReactNode
  description?: ReactNode
  /** Without a scrim the list beside it stays alive: for looking at one row after another. With one, for forms. */
  isModal?: boolean
  onClose: () => void
  actions?: ReactNode
  footer?: ReactNode
  children: ReactNode
}

/** A panel at the right edge, so that the list is never lost; the whole screen on a phone. */
export function Sheet({ isOpen, title, description, isModal = false, onClose, actions, footer, children }: SheetProps) {
  const returnFocus = useReturnFocus()
  return (
    <Radix.Root open={isOpen} modal={isModal} onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        {isModal && <Radix.Overlay className="fixed inset-0 z-30 bg-scrim animate-appear" />}
        <Radix.Content
          aria-describedby={description ? undefined : ''}
          data-side-panel={isModal ? undefined : ''}
          onOpenAutoFocus={isModal ? focusFirstField : focusPanel}
          onCloseAutoFocus={returnFocus}
          onInteractOutside={(event) => !isModal && event.preventDefault()}
          className={cx(
            'fixed inset-y-0 right-0 z-30 flex w-full flex-col bg-surface shadow-floating outline-none animate-slide-in sm:w-120',
            !isModal && 'sm:top-(--bar-height)',
          )}
        >
          <div className="flex items-center justify-between gap-3 border-b px-5 py-4">
            <div className="flex min-w-0 flex-col gap-0.5">
              <Radix.Title className="truncate text-lg font-semibold">{title}</Radix.Title>
              {description && <Radix.Description className="text-sm text-muted">{description}</Radix.Description>}
            </div>
            <div className="flex items-center gap-1">
              {actions}
              <CloseButton />
            </div>
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-5 py-5">{children}</div>
          {footer && (
            <div className="flex flex-wrap justify-end gap-2 border-t px-5 py-3 pb-[max(--spacing(3),env(safe-area-inset-bottom))]">
              {footer}
            </div>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

/** A form is opened to be filled in: its first field, not the cross, has the focus. */
function focusFirstField(event: Event): void {
  const field =
    event.currentTarget instanceof HTMLElement
      ? event.currentTarget.querySelector<HTMLElement>('form :is(input, textarea, [role="radio"][data-state="checked"], [role="combobox"])')
      : null
  if (!field) return
  event.preventDefault()
  field.focus()
}

/** A panel is opened to be read: it has the focus itself, so that reading begins at its title. */
function focusPanel(event: Event): void {
  if (!(event.currentTarget instanceof HTMLElement)) return
  event.preventDefault()
  event.currentTarget.focus()
}

/** Once the sheet is gone the focus is where it was opened from: the row that is shown in it, else what had the focus before. */
function useReturnFocus(): (event: Event) => void {
  const opener = useRef<HTMLElement | null>(null)
  const [before] = useState(() => (typeof document === 'undefined' ? null : document.activeElement))
  useEffect(() => {
    const row = document.querySelector<HTMLElement>('[data-row-opener="open"]')
    if (row) opener.current = row
    else if (!opener.current && before instanceof HTMLElement) opener.current = before
  })
  return (event) => {
    event.preventDefault()
    const isTaken = document.activeElement !== null && document.activeElement !== document.body
    if (!isTaken && opener.current?.isConnected) opener.current.focus()
  }
}
