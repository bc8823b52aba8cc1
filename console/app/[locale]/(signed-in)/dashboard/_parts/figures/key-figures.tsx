'use client'

import { MoveDownRight, MoveRight, MoveUpRight } from 'lucide-react'
import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { QueryView } from '#lib/api/query-view.tsx'
import { useApiQuery } from '#lib/api/use-api.ts'
import { comparedDays } from '#lib/range.ts'
import type { RangeId } from '#lib/range.ts'
import { Count, Money } from '#ui/figure/figures.tsx'
import { useFormat } from '#ui/figure/use-format.ts'
import { Card } from '#ui/layout/card.tsx'
import { Stat, StatSkeleton } from '#ui/layout/stat.tsx'
import { comparedQuery, summaryQuery } from '../dashboard-queries.ts'

const everyMs = 5_000

/** What is being used, against the same time a week or a month before. */
export function KeyFigures({ range }: { range: RangeId }) {
  const t = useTranslations('dashboard.figures')
  const format = useFormat()
  const now = useApiQuery(summaryQuery(range).endpoint, { ...summaryQuery(range), everyMs, keepsPrevious: true })
  const before = useApiQuery(comparedQuery(range).endpoint, { ...comparedQuery(range), everyMs: 60_000 }).data
  return (
    <Card label={t('title')}>
      <QueryView query={now} size="sm" skeleton={<Skeletons />}>
        {({ requests, errors, tokens, cost, unknown_cost_requests, estimated_requests }) => (
          <Row>
            <Stat
              label={t('requests')}
              value={<Count value={requests} />}
              change={<Change now={requests} before={before?.requests} range={range} />}
            />
            <Stat
              label={t('tokens')}
              value={<Count value={tokens.total} />}
              change={<Change now={tokens.total} before={before?.tokens.total} range={range} />}
              note={t('tokenParts', {
                input: format.count(tokens.input),
                cached: format.count(tokens.cache_read + tokens.cache_write + tokens.cache_write_long),
                output: format.count(tokens.output),
              })}
            />
            <Stat
              label={t('cost')}
              value={<Money usd={cost} />}
              change={<Change now={cost} before={before?.cost} range={range} />}
              note={<Doubts unknown={unknown_cost_requests} estimated={estimated_requests} />}
            />
            <Stat
              label={t('errors')}
              value={<Count value={errors} />}
              change={<Change now={errors} before={before?.errors} range={range} />}
              note={requests > 0 && t('errorShare', { share: format.share(errors / requests) })}
            />
          </Row>
        )}
      </QueryView>
    </Card>
  )
}

function Row({ children }: { children: ReactNode }) {
  return (
    <div className="@container overflow-hidden">
      <dl className="grid @max-lg:divide-y @lg:-mt-px @lg:-ml-px @lg:grid-cols-2 @lg:[&>*]:border-t @lg:[&>*]:border-l @4xl:grid-cols-4">
        {children}
      </dl>
    </div>
  )
}

function Skeletons() {
  const t = useTranslations('dashboard.figures')
  return (
    <Row>
      {(['requests', 'tokens', 'cost', 'errors'] as const).map((figure) => (
        <StatSkeleton key={figure} label={t(figure)} />
      ))}
    </Row>
  )
}

/** The change in words and direction; neither is good or bad by itself, so it has no tone. */
function Change({ now, before, range }: { now: number; before: number | undefined; range: RangeId }) {
  const t = useTranslations('dashboard.figures')
  const format = useFormat()
  if (before === undefined) return null
  const days = comparedDays(range)
  const change = format.change(now, before)
  if (change === null) return now === 0 ? null : t('nothingBefore', { days })
  const Arrow = now > before ? MoveUpRight : now < before ? MoveDownRight : MoveRight
  return (
    <span className="inline-flex items-center gap-1">
      <Arrow aria-hidden className="size-3" />
      {t('changeSince', { change, days })}
    </span>
  )
}

/** What the cost does not know. */
function Doubts({ unknown, estimated }: { unknown: number; estimated: number }) {
  const t = useTranslations('dashboard.figures')
  const doubts = [unknown > 0 && t('unknownCost', { count: unknown }), estimated > 0 && t('estimated', { count: estimated })].filter(
    Boolean,
  )
  return doubts.length > 0 ? <span className="text-warning-text">{doubts.join(' · ')}</span> : null
}
