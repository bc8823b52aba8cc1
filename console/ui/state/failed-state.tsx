'use client'

import { CloudOff, Lock, RotateCw } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Button } from '../action/button.tsx'
import { Mono } from '../data/mono.tsx'
import { ViewState } from './view-state.tsx'

type FailedStateProps = { detail: string; requestId: string | null; onRetry: () => void; isRetrying?: boolean; size?: 'sm' | 'md' }

/** What happened, the id under which the logs have it, and another try. */
export function FailedState({ detail, requestId, onRetry, isRetrying, size }: FailedStateProps) {
  const t = useTranslations('ui.failed')
  const note = requestId && (
    <span className="inline-flex items-center gap-1">
      {t('requestId')} <Mono copy>{requestId}</Mono>
    </span>
  )
  const retry = (
    <Button icon={<RotateCw aria-hidden />} isBusy={isRetrying} onClick={onRetry}>
      {t('retry')}
    </Button>
  )
  return (
    <ViewState icon={CloudOff} title={t('title')} action={retry} note={note} size={size} role="alert">
      {detail}
    </ViewState>
  )
}

/** The person is known but may not see this. */
export function ForbiddenState({ detail }: { detail?: string }) {
  const t = useTranslations('ui.forbidden')
  return (
    <ViewState icon={Lock} title={t('title')} role="status">
      {detail ?? t('body')}
    </ViewState>
  )
}
