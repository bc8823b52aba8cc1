'use client'

import { Boxes } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { QueryView } from '#lib/api/query-view.tsx'
import { useApiQuery } from '#lib/api/use-api.ts'
import type { RangeId } from '#lib/range.ts'
import { Mono } from '#ui/data/mono.tsx'
import { Count, Money } from '#ui/figure/figures.tsx'
import { Card, CardHeader } from '#ui/layout/card.tsx'
import { TableSkeleton } from '#ui/state/skeleton.tsx'
import { ViewState } from '#ui/state/view-state.tsx'
import { DataTable } from '#ui/table/data-table.tsx'
import { modelsQuery } from '../dashboard-queries.ts'

const shownModels = 6

/** Which models the money went to. */
export function ModelsCard({ range }: { range: RangeId }) {
  const t = useTranslations('dashboard.models')
  const query = useApiQuery(modelsQuery(range).endpoint, { ...modelsQuery(range), everyMs: 15_000, keepsPrevious: true })
  return (
    <Card>
      <CardHeader title={t('title')} />
      <QueryView query={query} size="sm" skeleton={<TableSkeleton rows={4} columns={4} />}>
        {({ items }) =>
          items.length === 0 ? (
            <ViewState icon={Boxes} title={t('noneTitle')} size="sm">
              {t('noneBody')}
            </ViewState>
          ) : (
            <DataTable
              caption={t('title')}
              rows={items.slice(0, shownModels)}
              keyOf={({ group }) => group ?? ''}
              columns={[
                {
                  id: 'model',
                  header: t('model'),
                  isPrimary: true,
                  cell: ({ name, group }) => <Mono className="font-normal">{name ?? group ?? '—'}</Mono>,
                },
                { id: 'requests', header: t('requests'), align: 'end', cell: ({ requests }) => <Count value={requests} /> },
                { id: 'tokens', header: t('tokens'), align: 'end', cell: ({ tokens }) => <Count value={tokens.total} /> },
                {
                  id: 'cost',
                  header: t('cost'),
                  align: 'end',
                  cell: ({ cost, requests, unknown_cost_requests }) => (
                    <Money usd={unknown_cost_requests === requests && requests > 0 ? null : cost} />
                  ),
                },
              ]}
            />
          )
        }
      </QueryView>
    </Card>
  )
}
