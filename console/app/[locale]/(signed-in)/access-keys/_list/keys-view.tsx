'use client'

import { Plus, SearchX, TicketCheck } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { accessKeys, agents } from '#lib/api/endpoints.ts'
import { QueryView } from '#lib/api/query-view.tsx'
import { lazyPart } from '#lib/lazy-part.tsx'
import type { ProviderName } from '#lib/providers.ts'
import { matches } from '#lib/search.ts'
import { useMe } from '#lib/session/me-context.tsx'
import { Button } from '#ui/action/button.tsx'
import { Card } from '#ui/layout/card.tsx'
import { PageHeader } from '#ui/layout/page.tsx'
import { TableSkeleton } from '#ui/state/skeleton.tsx'
import { ViewState } from '#ui/state/view-state.tsx'
import { DataTable } from '#ui/table/data-table.tsx'
import { FilterBar } from '../../_parts/list-card.tsx'
import { usePanel, useSort } from '../../_parts/list-url.ts'
import type { Panel } from '../../_parts/list-url.ts'
import { useWholeList } from '../../_parts/whole-list.ts'
import { useKnown } from '../../agents/_list/use-known.ts'
import { providerOf } from '../../agents/agent.ts'
import type { AccessKey, Agent, Known, MadeAccessKey } from '../access-key.ts'
import { useKeyColumns } from './key-columns.tsx'
import type { AccessKeyActions } from './key-columns.tsx'
import { filterKeys, wordsOf } from './key-filter.ts'
import { KeyFilters, useKeyFilters } from './key-filters.tsx'
import { useKeyActions } from './use-key-actions.tsx'

const KeyPanel = lazyPart(() => import('./key-panel.tsx').then(({ KeyPanel }) => KeyPanel))
const KeyForm = lazyPart(() => import('../_form/key-form.tsx').then(({ KeyForm }) => KeyForm))
const KeySecretDialog = lazyPart(() => import('../_code/key-secret-dialog.tsx').then(({ KeySecretDialog }) => KeySecretDialog))

type Context = {
  known: Known
  agents: readonly Agent[]
  panel: Panel
  actions: AccessKeyActions | null
  gatewayOrigin: string
  /** Where an agent's calls go: its own provider, or that of the provider key it is bound to. */
  providerFor: (agentId: string | null) => ProviderName | null
}

/** The page of access keys: the person's own and their agents', or the tenant's for its staff. */
export function KeysView({ gatewayOrigin }: { gatewayOrigin: string }) {
  const t = useTranslations('accessKeys')
  const me = useMe()
  const panel = usePanel()
  const [made, setMade] = useState<MadeAccessKey | null>(null)
  const { query, items: keys } = useWholeList(accessKeys.list, { everyMs: 15_000 })
  const { items: knownAgents } = useWholeList(agents.list, { isEnabled: me.permissions.includes('agents:read') })
  const { keys: providerKeys, users: knownUsers } = useKnown()
  const providerFor = (agentId: string | null) => {
    const agent = knownAgents.find(({ id }) => id === agentId)
    return agent ? providerOf(agent, { keys: providerKeys }) : null
  }
  const { actions, dialogs } = useKeyActions(panel, setMade)
  const mayWrite = me.permissions.includes('access_keys:write')
  const known = { meId: me.id, agents: knownAgents, users: knownUsers }
  const context: Context = { known, agents: knownAgents, panel, actions: mayWrite ? actions : null, gatewayOrigin, providerFor }
  const create = mayWrite && !query.error && (
    <Button tone="primary" icon={<Plus aria-hidden />} onClick={panel.create}>
      {t('create')}
    </Button>
  )
  const finish = (id: string) => {
    setMade(null)
    panel.open(id)
  }
  return (
    <>
      <PageHeader title={t('title')} purpose={t('purpose')} action={create} />
      <Card label={t('title')}>
        <QueryView query={query} skeleton={<TableSkeleton columns={6} />}>
          {() => (
            <>
              {keys.length === 0 ? <NoKeys create={create} /> : <KeyList keys={keys} context={context} />}
              {!made && <OpenPanel keys={keys} context={context} onMade={setMade} />}
            </>
          )}
        </QueryView>
      </Card>
      {dialogs}
      {made && (
        <KeySecretDialog made={made} provider={providerFor(made.agent_id)} gatewayOrigin={gatewayOrigin} onDone={() => finish(made.id)} />
      )}
    </>
  )
}

function KeyList({ keys, context: { known, panel, actions } }: { keys: readonly AccessKey[]; context: Context }) {
  const t = useTranslations('accessKeys')
  const columns = useKeyColumns(known, actions)
  const [sort, setSort] = useSort()
  const filters = useKeyFilters()
  const shown = filterKeys(keys, filters, known.meId).filter((key) => matches(filters.search, ...wordsOf(key, known)))
  return (
    <>
      <FilterBar search={filters.search} onSearch={filters.setSearch} count={t('count', { count: shown.length })}>
        <KeyFilters filters={filters} known={known} keys={keys} />
      </FilterBar>
      {shown.length === 0 ? (
        <ViewState icon={SearchX} title={t('noMatch')} action={<Button onClick={filters.clear}>{t('clearFilters')}</Button>}>
          {t('noMatchBody')}
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

function OpenPanel({
  keys,
  context: { known, agents, panel, actions, gatewayOrigin, providerFor },
  onMade,
}: {
  keys: readonly AccessKey[]
  context: Context
  onMade: (made: MadeAccessKey) => void
}) {
  const opened = keys.find(({ id }) => id === panel.id)
  const { belongs } = useKeyFilters()
  if (panel.mode === 'new' && actions)
    return <KeyForm agents={agents} belongs={belongs} knownKeys={keys} onClose={panel.close} onMade={onMade} onSaved={panel.open} />
  if (!opened) return null
  if (panel.mode === 'edit' && actions && opened.status !== 'revoked') {
    return (
      <KeyForm
        key={opened.id}
        edited={opened}
        agents={agents}
        belongs={null}
        knownKeys={keys}
        onClose={() => panel.open(opened.id)}
        onMade={onMade}
        onSaved={panel.open}
      />
    )
  }
  return (
    <KeyPanel
      accessKey={opened}
      known={known}
      provider={providerFor(opened.agent_id)}
      actions={actions}
      gatewayOrigin={gatewayOrigin}
      onClose={panel.close}
    />
  )
}

function NoKeys({ create }: { create: ReactNode }) {
  const t = useTranslations('accessKeys')
  return (
    <ViewState icon={TicketCheck} title={t('emptyTitle')} action={create}>
      {t('emptyBody')}
    </ViewState>
  )
}
