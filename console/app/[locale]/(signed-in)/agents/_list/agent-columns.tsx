'use client'

import { Archive, Pencil, ShieldCheck, TicketCheck } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Link } from '#i18n/navigation.ts'
import { paths } from '#lib/paths.ts'
import { providerLabel } from '#lib/providers.ts'
import { MoreButton } from '#ui/action/more-button.tsx'
import { Count, Nothing } from '#ui/figure/figures.tsx'
import { Menu } from '#ui/overlay/menu.tsx'
import type { MenuEntry } from '#ui/overlay/menu-entries.ts'
import type { Column } from '#ui/table/table-column.ts'
import { providerOf } from '../agent.ts'
import type { Agent, Known } from '../agent.ts'
import { BoundKey } from './bound-key.tsx'

export type AgentActions = {
  edit: (agent: Agent) => void
  validate: (agent: Agent) => void
  createAccessKey: (agent: Agent) => void
  retire: (agent: Agent) => void
}

type AgentColumnsProps = {
  known: Known
  actions: AgentActions | null
  /** Working access keys by agent. */ keyCounts: ReadonlyMap<string, number>
  isOwnerShown: boolean
}

/** The columns of the list; owners only for who sees other people's agents, actions only for who may act. */
export function useAgentColumns({ known, actions, keyCounts, isOwnerShown }: AgentColumnsProps): readonly Column<Agent>[] {
  const t = useTranslations('agents')
  const ownerOf = ({ owner_id }: Agent) =>
    owner_id === known.meId ? t('you') : (known.users.find(({ id }) => id === owner_id)?.name ?? null)
  const providerNameOf = (agent: Agent) => {
    const provider = providerOf(agent, known)
    return provider && providerLabel(provider)
  }
  const columns: (Column<Agent> | false)[] = [
    { id: 'name', header: t('name'), isPrimary: true, sortValue: ({ name }) => name, cell: (agent) => <AgentName agent={agent} /> },
    { id: 'key', header: t('key'), cell: (agent) => <BoundKey agent={agent} known={known} /> },
    {
      id: 'provider',
      header: t('provider'),
      sortValue: providerNameOf,
      cell: (agent) => <span className="whitespace-nowrap">{providerNameOf(agent) ?? <Nothing>{t('anyProvider')}</Nothing>}</span>,
    },
    isOwnerShown && {
      id: 'owner',
      header: t('owner'),
      isSecondary: true,
      sortValue: ownerOf,
      cell: (agent) => <span className="block max-w-40 truncate">{ownerOf(agent) ?? <Nothing />}</span>,
    },
    {
      id: 'access_keys',
      header: t('accessKeys'),
      align: 'end',
      isSecondary: true,
      sortValue: ({ id }) => keyCounts.get(id) ?? 0,
      cell: (agent) => <KeyCount agent={agent} count={keyCounts.get(agent.id) ?? 0} />,
    },
    actions !== null && {
      id: 'actions',
      header: t('actions'),
      align: 'end',
      isHeaderHidden: true,
      cell: (agent) => <AgentMenu agent={agent} actions={actions} />,
    },
  ]
  return columns.filter((column) => column !== false)
}

function AgentName({ agent: { name, description } }: { agent: Agent }) {
  return (
    <span className="flex min-w-0 flex-col pr-8 @lg:max-w-44 @lg:pr-0 @4xl:max-w-56 @[70rem]:max-w-80">
      <span className="truncate">{name}</span>
      {description && <span className="truncate text-xs font-normal text-faint">{description}</span>}
    </span>
  )
}

function KeyCount({ agent, count }: { agent: Agent; count: number }) {
  const t = useTranslations('agents')
  if (count === 0) return <Nothing>{t('noAccessKeys')}</Nothing>
  return (
    <Link
      href={paths.accessKeys({ for: agent.id })}
      aria-label={t('accessKeysOf', { count, name: agent.name })}
      className="-mx-1.5 rounded-sm px-1.5 py-0.5 hover:bg-pressed hover:text-accent-text"
    >
      <Count value={count} />
    </Link>
  )
}

function AgentMenu({ agent, actions }: { agent: Agent; actions: AgentActions }) {
  const t = useTranslations('agents')
  const label = t('actionsOf', { name: agent.name })
  const entries: MenuEntry[] = [
    { kind: 'item', id: 'edit', label: t('edit'), icon: <Pencil aria-hidden />, onSelect: () => actions.edit(agent) },
    { kind: 'item', id: 'validate', label: t('validate'), icon: <ShieldCheck aria-hidden />, onSelect: () => actions.validate(agent) },
    {
      kind: 'item',
      id: 'access-key',
      label: t('createAccessKey'),
      icon: <TicketCheck aria-hidden />,
      onSelect: () => actions.createAccessKey(agent),
    },
    { kind: 'line', id: 'line' },
    {
      kind: 'item',
      id: 'retire',
      label: t('retire'),
      icon: <Archive aria-hidden />,
      tone: 'danger',
      onSelect: () => actions.retire(agent),
    },
  ]
  return <Menu label={label} entries={entries} trigger={(props) => <MoreButton {...props} label={label} />} />
}
