'use client'

import type { UseQueryResult } from '@tanstack/react-query'
import { useTranslations } from 'next-intl'
import { useFormat } from '#ui/figure/use-format.ts'
import { useNow } from '#ui/figure/now.tsx'
import { cx } from '#ui/theme/cx.ts'

/** Whether an answer is too old to be taken for how things are now: it is past its age, or asking again has failed. */
export function useIsStale({ isError, dataUpdatedAt }: Pick<UseQueryResult, 'isError' | 'dataUpdatedAt'>, staleAfterMs: number): boolean {
  const now = useNow()
  return isError || (dataUpdatedAt > 0 && now - dataUpdatedAt > staleAfterMs)
}

/** Whether what is seen is live, being fetched again after a failure, or stale, and since when. */
export function LiveDot({
  query: { isError, dataUpdatedAt },
  staleAfterMs,
}: {
  query: Pick<UseQueryResult, 'isError' | 'dataUpdatedAt'>
  staleAfterMs: number
}) {
  const t = useTranslations('dashboard.live')
  const format = useFormat()
  const now = useNow()
  const isStale = dataUpdatedAt > 0 && now - dataUpdatedAt > staleAfterMs
  const state = isStale ? 'stale' : isError ? 'reconnecting' : 'live'
  const dot = { live: 'bg-ok', reconnecting: 'bg-warning animate-pulse', stale: 'bg-danger' }[state]
  return (
    <span role="status" className="ml-auto inline-flex items-center gap-1.5 text-xs whitespace-nowrap text-muted">
      <span aria-hidden className={cx('size-1.5 rounded-full', dot)} />
      {state === 'stale' ? t('stale', { since: format.relative(dataUpdatedAt, now) }) : t(state)}
    </span>
  )
}
