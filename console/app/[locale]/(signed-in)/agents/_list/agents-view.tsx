'use client'

import { Bot, Plus, SearchX } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { parseAsStringLiteral, useQueryState } from 'nuqs'
import type { ReactNode } from 'react'
import { accessKeys, agents } from '#lib/api/endpoints.ts'
import { QueryView } from '#lib/api/query-view.tsx'
import { lazyPart } from '#lib/lazy-part.tsx'
import { providers } from '#lib/providers.ts'
import { matches } from '#lib/search.ts'
import { useMe } from '#lib/session/me-context.tsx'
import { Button } from '#ui/action/button.tsx'
import { Card } from '#ui/layout/card.tsx'
import { PageHeader } from '#ui/layout/page.tsx'
import { TableSkeleton } from '#ui/state/skeleton.tsx'
import { ViewState } from '#ui/state/view-state.tsx'
import { DataTable } from '#ui/table/data-table.tsx'
import { FilterSelect } from '../../_parts/filter-select.tsx'
import { FilterBar, useSearch } from '../../_parts/list-card.tsx'
import { usePanel, useSort } from '../../_parts/list-url.ts'
import type { Panel } from '../../_parts/list-url.ts'
import { useWholeList } from '../../_parts/whole-list.ts'
import type { AccessKey } from '../../access-keys/access-key.ts'
import { bindingOf, providerOf } from '../agent.ts'
import type { Agent, Known } from '../agent.ts'
import { useAgentColumns } from './agent-columns.tsx'
import type { AgentActions } from './agent-columns.tsx'
import { useAgentActions } from './use-agent-actions.tsx'
import { useKnown } from './use-known.ts'
import { useValidation } from './use-validation.ts'
import type { Asked } from './use-validation.ts'

const AgentPanel = lazyPart(() => import('../_panel/agent-panel.tsx').then(({ AgentPanel }) => AgentPanel))
const AgentForm = lazyPart(() => import('../_form/agent-form.tsx').then(({ AgentForm }) => AgentForm))

type Context = {
  known: Known
  panel: Panel
  actions: AgentActions | null
  accessKeys: readonly AccessKey[]
  keyCounts: ReadonlyMap<string, number>
  asked: Asked | null
  validate: (agent: Agent) => void
}

/** The page of agents: the person's own, or the tenant's for its staff. */
export function AgentsView() {
  const t = useTranslations('agents')
  const me = useMe()
  const panel = usePanel()
  const known = useKnown()
  const { query, items } = useWholeList(agents.list, { everyMs: 15_000 })
  const { items: keys } = useWholeList(accessKeys.list, { isEnabled: me.permissions.includes('access_keys:read') })
  const { asked, validate } = useValidation()
  const keyCounts = countByAgent(keys)
  const { actions, dialog } = useAgentActions({ panel, validate, keyCounts })
  const mayWrite = me.permissions.includes('agents:write')
  const context: Context = { known, panel, actions: mayWrite ? actions : null, accessKeys: keys, keyCounts, asked, validate }
  const create = mayWrite && !query.error && (
    <Button tone="primary" icon={<Plus aria-hidden />} onClick={panel.create}>
      {t('create')}
    </Button>
  )
  return (
    <>
      <PageHeader title={t('title')} purpose={t('purpose')} action={create} />
      <Card label={t('title')}>
        <QueryView query={query} skeleton={<TableSkeleton columns={5} />}>
          {() => (
            <>
              {items.length === 0 ? <NoAgents create={create} /> : <AgentList agents={items} context={context} />}
              <OpenPanel agents={items} context={context} />
            </>
          )}
        </QueryView>
      </Card>
      {dialog}
    </>
  )
}

function AgentList({ agents, context: { known, panel, actions, keyCounts } }: { agents: readonly Agent[]; context: Context }) {
  const t = useTranslations('agents')
  const isOwnerShown = useMe().permissions.includes('users:read')
  const columns = useAgentColumns({ known, actions, keyCounts, isOwnerShown })
  const [sort, setSort] = useSort()
  const [search, setSearch] = useSearch()
  const [provider, setProvider] = useQueryState('provider', parseAsStringLiteral(providers.map(({ value }) => value)))
  const present = providers.filter(({ value }) => value === provider || agents.some((agent) => providerOf(agent, known) === value))
  const shown = agents.filter(
    (agent) => (provider === null || providerOf(agent, known) === provider) && matches(search, ...wordsOf(agent, known)),
  )
  const clear = () => {
    setSearch('')
    void setProvider(null)
  }
  return (
    <>
      <FilterBar search={search} onSearch={setSearch} count={t('count', { count: shown.length })}>
        <div className="flex min-w-0 gap-2 max-sm:order-last max-sm:w-full">
          <FilterSelect
            label={t('provider')}
            all={t('anyProviderFilter')}
            options={present}
            value={provider}
            onChange={(chosen) => void setProvider(providers.find(({ value }) => value === chosen)?.value ?? null)}
          />
        </div>
      </FilterBar>
      {shown.length === 0 ? (
        <ViewState icon={SearchX} title={t('noMatch')} action={<Button onClick={clear}>{t('clearFilters')}</Button>}>
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

function OpenPanel({ agents, context }: { agents: readonly Agent[]; context: Context }) {
  const { panel, known, actions } = context
  const opened = agents.find(({ id }) => id === panel.id)
  if (panel.mode === 'new' && actions) return <AgentForm known={known} onClose={panel.close} onSaved={panel.open} />
  if (!opened) return null
  if (panel.mode === 'edit' && actions)
    return <AgentForm key={opened.id} edited={opened} known={known} onClose={() => panel.open(opened.id)} onSaved={panel.open} />
  const { accessKeys, asked, validate } = context
  return (
    <AgentPanel
      key={opened.id}
      agent={opened}
      known={known}
      actions={actions}
      accessKeys={accessKeys.filter(({ agent_id }) => agent_id === opened.id)}
      asked={asked?.agentId === opened.id ? asked : null}
      onValidate={() => validate(opened)}
      onClose={panel.close}
    />
  )
}

function NoAgents({ create }: { create: ReactNode }) {
  const t = useTranslations('agents')
  return (
    <ViewState icon={Bot} title={t('emptyTitle')} action={create}>
      {t('emptyBody')}
    </ViewState>
  )
}

function countByAgent(keys: readonly AccessKey[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { agent_id, status } of keys) if (agent_id && status === 'active') counts.set(agent_id, (counts.get(agent_id) ?? 0) + 1)
  return counts
}

/** What an agent is found by when it is searched for. */
function wordsOf(agent: Agent, known: Known): (string | null)[] {
  const binding = bindingOf(agent, known)
  const owner = known.users.find(({ id }) => id === agent.owner_id)?.name ?? null
  return [
    agent.name,
    agent.description,
    owner,
    providerOf(agent, known),
    ...(binding.kind === 'known' ? [binding.key.name, binding.key.key_hint] : []),
  ]
}
