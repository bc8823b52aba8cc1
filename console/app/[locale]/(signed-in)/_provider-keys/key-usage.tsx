'use client'

import { useTranslations } from 'next-intl'
import { Money, Nothing } from '#ui/figure/figures.tsx'
import { Meter } from '#ui/figure/meter.tsx'
import { shareOf } from '../_quotas/quota.ts'
import type { ProviderKey } from './key-kinds.ts'

/** What was used of a key's limit, as a bar; a dash where there is none. */
export function LimitMeter({ providerKey: { usage_limit, current_usage, name } }: { providerKey: ProviderKey }) {
  const t = useTranslations('providerKeys')
  if (usage_limit === null) return <Nothing>{t('noLimit')}</Nothing>
  return (
    <span className="inline-flex w-full items-center gap-2 sm:max-w-52">
      <Meter share={shareOf(current_usage, usage_limit)} label={t('limitOf', { name })} isFigureShown />
    </span>
  )
}

/** The same in full: used, of how much. */
export function LimitSummary({ providerKey }: { providerKey: ProviderKey }) {
  const t = useTranslations('providerKeys')
  const { usage_limit, current_usage, name } = providerKey
  return (
    <div className="flex flex-col gap-2 rounded-lg border bg-canvas p-4">
      <p className="flex flex-wrap items-baseline gap-x-1.5">
        <span className="text-xl font-semibold tracking-tight">
          <Money usd={current_usage} />
        </span>
        <span className="text-sm text-muted">
          {usage_limit === null ? t('usedNoLimit') : t.rich('usedOf', { limit: () => <Money usd={usage_limit} /> })}
        </span>
      </p>
      {usage_limit !== null && <Meter share={shareOf(current_usage, usage_limit)} label={t('limitOf', { name })} />}
    </div>
  )
}
