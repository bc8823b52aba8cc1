'use client'

import { useTranslations } from 'next-intl'
import { Nothing } from '#ui/figure/figures.tsx'
import { Instant } from '#ui/figure/instant.tsx'
import { useNow } from '#ui/figure/now.tsx'
import { useFormat } from '#ui/figure/use-format.ts'
import type { Quota } from './quota.ts'

/** When counting begins again: relative, with the instant on hover. */
export function QuotaReset({ quota: { resets_at, metric } }: { quota: Pick<Quota, 'resets_at' | 'metric'> }) {
  const t = useTranslations('quota.resets')
  const format = useFormat()
  const now = useNow()
  if (resets_at === null) {
    const kind = metric === 'parallel' ? 'parallel' : 'total'
    return (
      <span data-hint={t(`${kind}.hint`)}>
        <Nothing>{t(`${kind}.name`)}</Nothing>
      </span>
    )
  }
  const atMs = Date.parse(resets_at)
  if (atMs - now >= 60_000) return <Instant at={resets_at} />
  return (
    <time dateTime={resets_at} data-hint={format.instant(atMs)} className="whitespace-nowrap">
      {t('soon')}
    </time>
  )
}
