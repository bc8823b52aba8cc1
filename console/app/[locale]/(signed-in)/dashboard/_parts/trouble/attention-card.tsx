'use client'

import { CircleCheck } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Link } from '#i18n/navigation.ts'
import { useNow } from '#ui/figure/now.tsx'
import { useFormat } from '#ui/figure/use-format.ts'
import { Card, CardHeader } from '#ui/layout/card.tsx'
import { ViewState } from '#ui/state/view-state.tsx'
import type { ProviderKey } from '../../../_provider-keys/key-kinds.ts'
import { KeyStatusLabel, useKeyStatusText } from '../../../_provider-keys/key-status.tsx'
import { LineSkeletons } from './line-skeletons.tsx'
import { useProviderKeys } from './provider-key-queries.ts'

const shownKeys = 5
/** A key that expires within this time is said now. */
const soonMs = 14 * 86_400_000
const troubled: readonly ProviderKey['status'][] = ['invalid', 'limit_reached', 'expired', 'degraded']

/** What needs the person: keys that do not work, or soon will not. */
export function AttentionCard() {
  const t = useTranslations('dashboard.attention')
  const { keys, isPending } = useProviderKeys()
  const now = useNow()
  const needing = (keys ?? []).filter(({ key }) => key.is_active && (troubled.includes(key.status) || isExpiringSoon(key, now)))
  return (
    <Card>
      <CardHeader title={t('title')} />
      {isPending && !keys ? (
        <LineSkeletons lines={2} />
      ) : needing.length === 0 ? (
        <ViewState icon={CircleCheck} title={t('noneTitle')} size="sm">
          {t('noneBody')}
        </ViewState>
      ) : (
        <ul className="divide-y">
          {needing.slice(0, shownKeys).map(({ key, path }) => (
            <li key={key.id} className="flex flex-col gap-0.5 px-4 py-2.5">
              <span className="flex items-baseline justify-between gap-4">
                <Link href={path} className="truncate rounded-sm text-sm font-medium hover:text-accent-text">
                  {key.name}
                </Link>
                <KeyStatusLabel status={key.status} reason={key.status_reason} />
              </span>
              <Reason providerKey={key} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

function Reason({ providerKey }: { providerKey: ProviderKey }) {
  const { status, expires_at } = providerKey
  const stateOf = useKeyStatusText()
  const t = useTranslations()
  const format = useFormat()
  const now = useNow()
  const text = troubled.includes(status)
    ? stateOf(providerKey).hint
    : expires_at && t('dashboard.attention.expires', { when: format.relative(Date.parse(expires_at), now) })
  return <span className="text-xs text-muted">{text}</span>
}

function isExpiringSoon({ expires_at }: ProviderKey, nowMs: number): boolean {
  return expires_at !== null && Date.parse(expires_at) - nowMs < soonMs
}
