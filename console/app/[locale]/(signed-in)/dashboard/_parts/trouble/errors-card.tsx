'use client'

import { CircleCheck } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { QueryView } from '#lib/api/query-view.tsx'
import { useApiQuery } from '#lib/api/use-api.ts'
import { providerLabel } from '#lib/providers.ts'
import type { RangeId } from '#lib/range.ts'
import { Badge } from '#ui/data/badge.tsx'
import { Count } from '#ui/figure/figures.tsx'
import { Instant } from '#ui/figure/instant.tsx'
import { Card, CardHeader } from '#ui/layout/card.tsx'
import { ViewState } from '#ui/state/view-state.tsx'
import { errorsQuery } from '../dashboard-queries.ts'
import { groupErrors } from './error-groups.ts'
import type { ErrorGroup } from './error-groups.ts'
import { LineSkeletons } from './line-skeletons.tsx'

const shownGroups = 6
const sourceTones = { provider: 'warning', gateway: 'info', client: 'neutral' } as const

/** What is wrong: the latest errors, one line for each cause. */
export function ErrorsCard({ range }: { range: RangeId }) {
  const t = useTranslations('dashboard.errors')
  const query = useApiQuery(errorsQuery(range).endpoint, { ...errorsQuery(range), everyMs: 10_000, keepsPrevious: true })
  return (
    <Card>
      <CardHeader title={t('title')} />
      <QueryView query={query} size="sm" skeleton={<LineSkeletons />}>
        {({ items }) => {
          const groups = groupErrors(items)
          if (groups.length === 0) {
            return (
              <ViewState icon={CircleCheck} title={t('noneTitle')} size="sm">
                {t('noneBody')}
              </ViewState>
            )
          }
          return (
            <ul className="divide-y">
              {groups.slice(0, shownGroups).map((group) => (
                <ErrorLine key={group.id} group={group} />
              ))}
            </ul>
          )
        }}
      </QueryView>
    </Card>
  )
}

function ErrorLine({ group: { source, provider, code, models, count, lastAt } }: { group: ErrorGroup }) {
  const t = useTranslations('dashboard.errors')
  return (
    <li className="flex items-start justify-between gap-4 px-4 py-2.5">
      <div className="flex min-w-0 flex-col gap-0.5">
        <span className="flex flex-wrap items-center gap-2">
          <code className="font-mono text-xs font-medium [overflow-wrap:anywhere]">{code}</code>
          <Badge tone={sourceTones[source]} hint={t(`sourceHints.${source}`)}>
            {t(`sources.${source}`)}
          </Badge>
        </span>
        <span className="truncate text-xs text-muted">
          {providerLabel(provider)} · {models.join(', ')}
        </span>
      </div>
      <div className="flex shrink-0 flex-col items-end gap-0.5 text-sm">
        <span className="font-medium">
          <Count value={count} />×
        </span>
        <span className="text-xs text-muted">
          <Instant at={lastAt} />
        </span>
      </div>
    </li>
  )
}
