'use client'

import { Plus } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { quotas } from '#lib/api/endpoints.ts'
import { QueryView } from '#lib/api/query-view.tsx'
import { lazyPart } from '#lib/lazy-part.tsx'
import { providerLabel } from '#lib/providers.ts'
import { matches } from '#lib/search.ts'
import { useMe } from '#lib/session/me-context.tsx'
import { Button } from '#ui/action/button.tsx'
import { Card } from '#ui/layout/card.tsx'
import { PageHeader } from '#ui/layout/page.tsx'
import { TableSkeleton } from '#ui/state/skeleton.tsx'
import { DataTable } from '#ui/table/data-table.tsx'
import { FilterBar } from '../../_parts/list-card.tsx'
import { usePanel, useSort } from '../../_parts/list-url.ts'
import type { Panel } from '../../_parts/list-url.ts'
import { useWholeList } from '../../_parts/whole-list.ts'
import { byPlace, mayChange } from '../../_quotas/quota.ts'
import type { Quota } from '../../_quotas/quota.ts'
import { useQuotaWords } from '../../_quotas/use-quota-words.ts'
import { useQuotaColumns } from './quota-columns.tsx'
import type { QuotaActions } from './quota-columns.tsx'
import { QuotaFilterSelects, useQuotaFilters } from './quota-filters.tsx'
import type { QuotaFilters } from './quota-filters.tsx'
import { useKnown } from './use-known.ts'
import type { Known } from './use-known.ts'

const EmptyList = lazyPart(() => import('./empty-list.tsx').then(({ EmptyList }) => EmptyList))
const QuotaPanel = lazyPart(() => import('../_panel/quota-panel.tsx').then(({ QuotaPanel }) => QuotaPanel))
const QuotaForm = lazyPart(() => import('../_form/quota-form.tsx').then(({ QuotaForm }) => QuotaForm))
const LiftDialog = lazyPart(() => import('./lift-dialog.tsx').then(({ LiftDialog }) => LiftDialog))
const QuotaEditForm = lazyPart(() => import('../_form/quota-edit-form.tsx').then(({ QuotaEditForm }) => QuotaEditForm))

/** How often figures are asked for while the page is looked at. */
const everyMs = 5_000

type Context = { known: Known; panel: Panel; filters: QuotaFilters; actions: QuotaActions; create: ReactNode }

/** The page of limits: what each lets through, how much of it is used, and when counting begins again. */
export function QuotasView() {
  const t = useTranslations('quotas')
  const panel = usePanel()
  const filters = useQuotaFilters()
  const known = useKnown()
  const { query, items } = useWholeList(quotas.list, { everyMs })
  const me = useMe()
  const [lifting, setLifting] = useState<Quota | null>(null)
  const actions: QuotaActions = { mayChange: (quota) => mayChange(quota, me), edit: ({ id }) => panel.edit(id), lift: setLifting }
  const mayCreate = me.permissions.includes('quotas:write')
  const create = mayCreate && !query.error && (
    <Button tone="primary" icon={<Plus aria-hidden />} onClick={panel.create}>
      {t('create')}
    </Button>
  )
  const finishLift = () => {
    setLifting(null)
    panel.close()
  }
  const context: Context = { known, panel, filters, actions, create }
  return (
    <>
      <PageHeader title={t('title')} purpose={t('purpose')} action={create} />
      <Card label={t('title')}>
        <QueryView query={query} skeleton={<TableSkeleton columns={5} />}>
          {() => (
            <>
              {items.length === 0 ? (
                <EmptyList why="none" create={create} onClear={filters.clear} />
              ) : (
                <QuotaList quotas={items} context={context} />
              )}
              <OpenPanel quotas={items} context={context} mayCreate={mayCreate} />
            </>
          )}
        </QueryView>
      </Card>
      {lifting && <LiftDialog lifted={lifting} onLifted={finishLift} onClose={() => setLifting(null)} />}
    </>
  )
}

function QuotaList({ quotas, context: { known, panel, filters, actions, create } }: { quotas: readonly Quota[]; context: Context }) {
  const t = useTranslations('quotas')
  const words = useQuotaWords()
  const columns = useQuotaColumns(known, actions)
  const [sort, setSort] = useSort()
  const { search, type, subject, metric } = filters
  const shown = quotas
    .filter((quota) => (subject === null ? type === null || quota.subject_type === type : quota.subject_id === subject))
    .filter((quota) => metric === null || quota.metric === metric)
    .filter((quota) => matches(search, ...wordsOf(quota), words.rule(quota), known.tenantNameOf(quota)))
    .toSorted(byPlace)
  const isOnlySubject = subject !== null && search === '' && metric === null
  return (
    <>
      <FilterBar search={search} onSearch={filters.setSearch} count={t('count', { count: shown.length })}>
        <QuotaFilterSelects filters={filters} quotas={quotas} />
      </FilterBar>
      {shown.length === 0 ? (
        <EmptyList why={isOnlySubject ? 'noneOfSubject' : 'noMatch'} create={create} onClear={filters.clear} />
      ) : (
        <DataTable
          caption={t('title')}
          columns={columns}
          rows={shown}
          keyOf={({ id }) => id}
          selectedKey={panel.id}
          onOpen={({ id }) => panel.open(id)}
          sort={sort}
          onSort={setSort}
        />
      )}
    </>
  )
}

type OpenPanelProps = { quotas: readonly Quota[]; context: Context; mayCreate: boolean }

function OpenPanel({ quotas, context: { known, panel, filters, actions }, mayCreate }: OpenPanelProps) {
  const { type, subject } = filters
  if (panel.mode === 'new' && mayCreate)
    return <QuotaForm known={known} type={type} subject={subject} onClose={panel.close} onSaved={panel.open} />
  const opened = quotas.find(({ id }) => id === panel.id)
  if (!opened) return null
  if (panel.mode === 'edit' && actions.mayChange(opened))
    return <QuotaEditForm key={opened.id} edited={opened} known={known} onClose={() => panel.open(opened.id)} onSaved={panel.open} />
  return <QuotaPanel key={opened.id} quota={opened} known={known} actions={actions} onClose={panel.close} />
}

/** What a limit is found by when it is searched for. */
function wordsOf({ subject_name, provider, model }: Quota): (string | null)[] {
  return [subject_name, model, provider && providerLabel(provider)]
}
