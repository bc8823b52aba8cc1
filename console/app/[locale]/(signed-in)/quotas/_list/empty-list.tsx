'use client'

import { OctagonMinus, SearchX } from 'lucide-react'
import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { Button } from '#ui/action/button.tsx'
import { ViewState } from '#ui/state/view-state.tsx'

type EmptyListProps = {
  /** Nothing is limited at all; nothing of what was asked for is; or nothing matches. */
  why: 'none' | 'noneOfSubject' | 'noMatch'
  create: ReactNode
  onClear: () => void
}

/** What stands in the place of a list without a limit: what one is, to who may set them, and the next step. */
export function EmptyList({ why, create, onClear }: EmptyListProps) {
  const t = useTranslations('quotas')
  const clear = <Button onClick={onClear}>{t('clearFilters')}</Button>
  if (why === 'none') {
    return (
      <ViewState icon={OctagonMinus} title={t(create ? 'emptyTitle' : 'emptyOwnTitle')} action={create}>
        {t(create ? 'emptyBody' : 'emptyOwnBody')}
      </ViewState>
    )
  }
  const isOfSubject = why === 'noneOfSubject'
  return (
    <ViewState
      icon={isOfSubject ? OctagonMinus : SearchX}
      title={isOfSubject ? t('noneHere') : t('noMatch')}
      action={
        <>
          {clear}
          {isOfSubject && create}
        </>
      }
    >
      {isOfSubject ? t('noneHereBody') : t('noMatchBody')}
    </ViewState>
  )
}
