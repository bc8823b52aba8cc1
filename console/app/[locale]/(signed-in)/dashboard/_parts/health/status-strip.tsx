'use client'

import { CircleAlert, CircleCheck, CircleDashed, TriangleAlert } from 'lucide-react'
import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { status } from '#lib/api/endpoints.ts'
import { QueryView } from '#lib/api/query-view.tsx'
import { useApiQuery } from '#lib/api/use-api.ts'
import { providerLabel } from '#lib/providers.ts'
import { useFormat } from '#ui/figure/use-format.ts'
import { Card } from '#ui/layout/card.tsx'
import { Skeleton } from '#ui/state/skeleton.tsx'
import { LiveDot, useIsStale } from './live-dot.tsx'

type Health = 'ok' | 'degraded' | 'down' | 'unknown'

const looks = {
  ok: { icon: CircleCheck, look: 'text-ok', word: 'text-faint' },
  degraded: { icon: TriangleAlert, look: 'text-warning', word: 'text-warning-text' },
  down: { icon: CircleAlert, look: 'text-danger-text', word: 'text-danger-text' },
  unknown: { icon: CircleDashed, look: 'text-faint', word: 'text-faint' },
}

const everyMs = 10_000
const staleAfterMs = 3 * everyMs

/** Is it healthy: the gateway, the database, the journal, and each provider in use. */
export function StatusStrip() {
  const t = useTranslations('dashboard.health')
  const format = useFormat()
  const query = useApiQuery(status.get, { everyMs })
  const isStale = useIsStale(query, staleAfterMs)
  const seen = (health: Health): Health => (isStale ? 'unknown' : health)
  return (
    <Card label={t('title')} className="flex flex-wrap items-center gap-x-6 gap-y-2 px-4 py-3">
      <QueryView query={query} size="sm" skeleton={<Skeleton className="h-5 w-96 max-w-full" />}>
        {({ gateway, database, journal, providers }) => (
          <ul className="flex flex-1 flex-wrap gap-x-6 gap-y-2">
            <Item health={seen(gateway.health)} name={t('gateway')} hint={t('openCalls', { count: gateway.open_calls })} />
            <Item health={seen(database.health)} name={t('database')} />
            <Item
              health={seen(journal.health)}
              name={t('journal')}
              hint={t('journalLag', { count: journal.waiting_events, lag: format.duration(journal.lag_seconds * 1000) })}
            />
            {providers.map(({ provider, health, requests, errors, last_error }) => (
              <Item
                key={provider}
                health={seen(health)}
                name={providerLabel(provider)}
                hint={[t('providerErrors', { errors: format.integer(errors), requests: format.integer(requests) }), last_error]
                  .filter(Boolean)
                  .join(' · ')}
              />
            ))}
          </ul>
        )}
      </QueryView>
      <LiveDot query={query} staleAfterMs={staleAfterMs} />
    </Card>
  )
}

/** A thing's name and state; the state is a word wherever it is not fine. */
function Item({ health, name, hint }: { health: Health; name: string; hint?: string }): ReactNode {
  const t = useTranslations('dashboard.health')
  const { icon: Icon, look, word } = looks[health]
  return (
    <li data-hint={hint} className="inline-flex items-center gap-1.5 text-sm whitespace-nowrap">
      <Icon aria-hidden className={`size-3.5 ${look}`} />
      <span>{name}</span>
      <span className={word}>{t(`states.${health}`)}</span>
    </li>
  )
}
