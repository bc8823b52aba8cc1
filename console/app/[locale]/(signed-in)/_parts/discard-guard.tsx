'use client'

import { useTranslations } from 'next-intl'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { ConfirmDialog } from '#ui/overlay/confirm-dialog.tsx'

/** Closing a form with unsent values asks first. Answers what to call to close, and the dialog to draw. */
export function useDiscardGuard(isDirty: boolean, onClose: () => void): { requestClose: () => void; discardDialog: ReactNode } {
  const t = useTranslations('ui.discard')
  const [isAsking, setAsking] = useState(false)
  const discardDialog = (
    <ConfirmDialog
      isOpen={isAsking}
      title={t('title')}
      action={t('action')}
      isBusy={false}
      onConfirm={onClose}
      onClose={() => setAsking(false)}
    >
      {t('body')}
    </ConfirmDialog>
  )
  return { requestClose: () => (isDirty ? setAsking(true) : onClose()), discardDialog }
}
