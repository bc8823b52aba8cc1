'use client'

import { Plus, SearchX, Users } from 'lucide-react'
import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { groups, quotas, tenants } from '#lib/api/endpoints.ts'
import { QueryView } from '#lib/api/query-view.tsx'
import { lazyPart } from '#lib/lazy-part.tsx'
import { matches } from '#lib/search.ts'
import { useMe } from '#lib/session/me-context.tsx'
import { Button } from '#ui/action/button.tsx'
import { Card } from '#ui/layout/card.tsx'
import { PageHeader } from '#ui/layout/page.tsx'
import { TableSkeleton } from '#ui/state/skeleton.tsx'
import { ViewState } from '#ui/state/view-state.tsx'
import { DataTable } from '#ui/table/data-table.tsx'
import { FilterBar, useSearch } from '../../_parts/list-card.tsx'
import { usePanel, useSort } from '../../_parts/list-url.ts'
import type { Panel } from '../../_parts/list-url.ts'
import { useWholeList } from '../../_parts/whole-list.ts'
import type { Quota } from '../../_quotas/quota.ts'
import { countBySubject } from '../group.ts'
import type { Group, GroupActions } from '../group.ts'
import { useGroupColumns } from './group-columns.tsx'
import { useGroupActions } from './use-group-actions.tsx'

const GroupPanel = lazyPart(() => import('../_panel/group-panel.tsx').then(({ GroupPanel }) => GroupPanel))
const GroupForm = lazyPart(() => import('../_form/group-form.tsx').then(({ GroupForm }) => GroupForm))

type Context = {
  panel: Panel
  actions: GroupActions | null
  quotas: readonly Quota[]
  /** The tenant of a group, where it is not the person's own. */
  tenantNameOf: (group: Group) => string | null
}

/** The page of groups: who shares limits with whom. */
export function GroupsView() {
  const t = useTranslations('groups')
  const me = useMe()
  const panel = usePanel()
  const { query, items } = useWholeList(groups.list, { everyMs: 15_000 })
  const { items: limits } = useWholeList(quotas.list, {
    query: { subject_type: 'group' },
    everyMs: 15_000,
    isEnabled: me.permissions.includes('quotas:read'),
  })
  const { items: knownTenants } = useWholeList(tenants.list, { isEnabled: me.permissions.includes('tenants:read') })
  const { actions, dialog } = useGroupActions(panel, countBySubject(limits))
  const mayWrite = me.permissions.includes('groups:write')
  const tenantNameOf = ({ tenant_id }: Group) =>
    tenant_id === me.tenant_id ? null : (knownTenants.find(({ id }) => id === tenant_id)?.name ?? null)
  const context: Context = { panel, actions: mayWrite ? actions : null, quotas: limits, tenantNameOf }
  const create = mayWrite && !query.error && (
    <Button tone="primary" icon={<Plus aria-hidden />} onClick={panel.create}>
      {t('create')}
    </Button>
  )
  return (
    <>
      <PageHeader title={t('title')} purpose={t('purpose')} action={create} />
      <Card label={t('title')}>
        <QueryView query={query} skeleton={<TableSkeleton columns={4} />}>
          {() => (
            <>
              {items.length === 0 ? <NoGroups create={create} /> : <GroupList groups={items} context={context} />}
              <OpenPanel groups={items} context={context} />
            </>
          )}
        </QueryView>
      </Card>
      {dialog}
    </>
  )
}

function GroupList({ groups, context: { panel, actions, quotas, tenantNameOf } }: { groups: readonly Group[]; context: Context }) {
  const t = useTranslations('groups')
  const columns = useGroupColumns({ actions, limitCounts: countBySubject(quotas), tenantNameOf })
  const [sort, setSort] = useSort()
  const [search, setSearch] = useSearch()
  const shown = groups.filter((group) => matches(search, group.name, tenantNameOf(group)))
  return (
    <>
      <FilterBar search={search} onSearch={setSearch} count={t('count', { count: shown.length })} />
      {shown.length === 0 ? (
        <ViewState icon={SearchX} title={t('noMatch')} action={<Button onClick={() => setSearch('')}>{t('clearSearch')}</Button>}>
          {t('noMatchBody', { search })}
        </ViewState>
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

function OpenPanel({ groups, context: { panel, actions, quotas, tenantNameOf } }: { groups: readonly Group[]; context: Context }) {
  if (panel.mode === 'new' && actions) return <GroupForm onClose={panel.close} onSaved={panel.open} />
  const opened = groups.find(({ id }) => id === panel.id)
  if (!opened) return null
  if (panel.mode === 'edit' && actions)
    return <GroupForm key={opened.id} edited={opened} onClose={() => panel.open(opened.id)} onSaved={panel.open} />
  return (
    <GroupPanel
      key={opened.id}
      group={opened}
      tenantName={tenantNameOf(opened)}
      quotas={quotas.filter(({ subject_id }) => subject_id === opened.id)}
      actions={actions}
      onClose={panel.close}
    />
  )
}

function NoGroups({ create }: { create: ReactNode }) {
  const t = useTranslations('groups')
  return (
    <ViewState icon={Users} title={t('emptyTitle')} action={create}>
      {t('emptyBody')}
    </ViewState>
  )
}
