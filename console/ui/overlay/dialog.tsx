'use client'

import { X } from 'lucide-react'
import { useTranslations } from 'next-intl'
import * as Radix from 'radix-ui/dialog'
import type { ReactNode } from 'react'
import { IconButton } from '../action/icon-button.tsx'
import { cx } from '../theme/cx.ts'

type DialogProps = {
  isOpen: boolean
  title: string
  description?: ReactNode
  /** Asked for by Escape, the scrim or the cross. Not called when `isLocked`. */
  onClose: () => void
  /** Cannot be dismissed but by its own buttons. */
  isLocked?: boolean
  size?: 'sm' | 'md' | 'lg'
  footer?: ReactNode
  children?: ReactNode
}

const widths = { sm: 'sm:max-w-100', md: 'sm:max-w-130', lg: 'sm:max-w-180' }

/** Something that must be dealt with before going on. On a phone it rises from the lower edge. */
export function Dialog({ isOpen, title, description, onClose, isLocked = false, size = 'md', footer, children }: DialogProps) {
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => !open && !isLocked && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-scrim animate-appear" />
        <Radix.Content
          aria-describedby={description ? undefined : ''}
          onPointerDownOutside={(event) => isLocked && event.preventDefault()}
          onEscapeKeyDown={(event) => isLocked && event.preventDefault()}
          className={cx(
            'fixed z-40 flex max-h-[calc(100dvh-3rem)] w-full flex-col bg-raised shadow-floating outline-none',
            'inset-x-0 bottom-0 rounded-t-xl animate-slide-up sm:inset-x-auto sm:top-[12vh] sm:bottom-auto sm:left-1/2 sm:max-h-[76vh] sm:-translate-x-1/2 sm:rounded-xl sm:animate-appear',
            widths[size],
          )}
        >
          <div className="flex items-start justify-between gap-4 px-5 pt-4 pb-3">
            <div className="flex flex-col gap-1">
              <Radix.Title className="text-lg font-semibold">{title}</Radix.Title>
              {description && <Radix.Description className="text-sm text-muted">{description}</Radix.Description>}
            </div>
            {!isLocked && <CloseButton />}
          </div>
          {children && <div className="min-h-0 overflow-y-auto px-5 pb-4">{children}</div>}
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

/** The cross of a dialog or side sheet. */
export function CloseButton() {
  const t = useTranslations('ui.dialog')
  return (
    <Radix.Close asChild>
      <IconButton label={t('close')} className="-my-1 -mr-2">
        <X aria-hidden />
      </IconButton>
    </Radix.Close>
  )
}
