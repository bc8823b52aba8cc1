'use client'

import { useTranslations } from 'next-intl'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../action/button.tsx'
import { CopyButton } from '../action/copy-button.tsx'
import { Checkbox } from '../form/checkbox.tsx'
import { Alert } from '../form/form-alert.tsx'
import { Dialog } from './dialog.tsx'

type SecretDialogProps = {
  title: string
  secret: string
  /** What to do with it, below the secret. */ children?: ReactNode
  onDone: () => void
}

/** A secret on the only occasion it is shown. It closes when the person says that it is safe elsewhere. */
export function SecretDialog({ title, secret, children, onDone }: SecretDialogProps) {
  const t = useTranslations('ui.secretDialog')
  const [isSaved, setSaved] = useState(false)
  const footer = (
    <div className="flex w-full flex-wrap items-center justify-between gap-3">
      <Checkbox label={t('saved')} isChecked={isSaved} onChange={setSaved} />
      <Button tone="primary" disabled={!isSaved} onClick={onDone}>
        {t('done')}
      </Button>
    </div>
  )
  return (
    <Dialog isOpen isLocked title={title} onClose={onDone} size="lg" footer={footer}>
      <div className="flex flex-col gap-5">
        <Alert tone="warning" title={t('onceTitle')}>
          {t('onceBody')}
        </Alert>
        <div className="flex flex-wrap items-center gap-2 rounded-lg border border-line-strong bg-sunken p-2 pl-3">
          <code className="min-w-0 flex-1 basis-60 font-mono text-sm break-all select-all">{secret}</code>
          <CopyButton text={secret} label={t('copy')} />
        </div>
        {children}
      </div>
    </Dialog>
  )
}
