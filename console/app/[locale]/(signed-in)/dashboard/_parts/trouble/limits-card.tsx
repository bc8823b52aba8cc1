'use client'

import { Gauge } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Link } from '#i18n/navigation.ts'
import { Money } from '#ui/figure/figures.tsx'
import { Meter } from '#ui/figure/meter.tsx'
import { Card, CardHeader } from '#ui/layout/card.tsx'
import { ViewState } from '#ui/state/view-state.tsx'
import { shareOf } from '../../../_provider-keys/key-usage.tsx'
import { LineSkeletons } from './line-skeletons.tsx'
import { useProviderKeys } from './provider-key-queries.ts'

const shownLimits = 5

/** Who is about to hit a limit: the fullest first. */
export function LimitsCard() {
  const t = useTranslations('dashboard.limits')
  const { keys, isPending } = useProviderKeys()
  const limited = (keys ?? [])
    .flatMap(({ key, path }) =>
      key.usage_limit === null || !key.is_active
        ? []
        : [{ key, path, limit: key.usage_limit, share: shareOf(key.current_usage, key.usage_limit) }],
    )
    .toSorted((a, b) => b.share - a.share)
  return (
    <Card>
      <CardHeader title={t('title')} />
      {isPending && !keys ? (
        <LineSkeletons />
      ) : limited.length === 0 ? (
        <ViewState icon={Gauge} title={t('noneTitle')} size="sm">
          {t('noneBody')}
        </ViewState>
      ) : (
        <ul className="divide-y">
          {limited.slice(0, shownLimits).map(({ key, path, limit, share }) => (
            <li key={key.id} className="flex flex-col gap-1.5 px-4 py-2.5">
              <span className="flex items-baseline justify-between gap-4 text-sm">
                <Link href={path} className="truncate rounded-sm font-medium hover:text-accent-text">
                  {key.name}
                </Link>
                <span className="shrink-0 text-xs text-muted">
                  {t.rich('usedOf', { used: () => <Money usd={key.current_usage} />, limit: () => <Money usd={limit} /> })}
                </span>
              </span>
              <Meter share={share} label={t('share', { name: key.name })} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
