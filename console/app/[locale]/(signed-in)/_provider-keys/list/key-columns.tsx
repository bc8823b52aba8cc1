'use client'

import { Pause, Pencil, Play, Trash2 } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { providerLabel } from '#lib/providers.ts'
import { MoreButton } from '#ui/action/more-button.tsx'
import { Badge } from '#ui/data/badge.tsx'
import { Mono } from '#ui/data/mono.tsx'
import { Money, Nothing } from '#ui/figure/figures.tsx'
import { Instant } from '#ui/figure/instant.tsx'
import { Menu } from '#ui/overlay/menu.tsx'
import type { MenuEntry } from '#ui/overlay/menu-entries.ts'
import type { Column } from '#ui/table/table-column.ts'
import { ProviderMark } from '../../_parts/provider-mark.tsx'
import { shareOf } from '../../_quotas/quota.ts'
import type { ProviderKey } from '../key-kinds.ts'
import { KeyStatusLabel } from '../key-status.tsx'
import { LimitMeter } from '../key-usage.tsx'

export type KeyActions = { edit: (key: ProviderKey) => void; toggle: (key: ProviderKey) => void; remove: (key: ProviderKey) => void }

/** The columns of a list of provider keys; the last one only for who may change them. */
export function useKeyColumns(actions: KeyActions | null): readonly Column<ProviderKey>[] {
  const t = useTranslations('providerKeys')
  const columns: Column<ProviderKey>[] = [
    { id: 'name', header: t('name'), isPrimary: true, sortValue: ({ name }) => name, cell: (key) => <KeyName providerKey={key} /> },
    {
      id: 'status',
      header: t('state'),
      sortValue: ({ status }) => status,
      cell: ({ status, status_reason }) => <KeyStatusLabel status={status} reason={status_reason} />,
    },
    {
      id: 'hint',
      header: t('key'),
      isSecondary: true,
      cell: ({ key_hint }) => (key_hint ? <Mono className="text-muted">{key_hint}</Mono> : <Nothing />),
    },
    {
      id: 'usage',
      header: t('usage'),
      align: 'end',
      sortValue: ({ current_usage }) => current_usage,
      cell: ({ current_usage }) => <Money usd={current_usage} />,
    },
    {
      id: 'limit',
      header: t('limit'),
      sortValue: ({ current_usage, usage_limit }) => (usage_limit === null ? null : shareOf(current_usage, usage_limit)),
      cell: (key) => <LimitMeter providerKey={key} />,
    },
    {
      id: 'last_used',
      header: t('lastUsed'),
      sortValue: ({ last_used }) => (last_used ? Date.parse(last_used) : null),
      cell: ({ last_used }) => (last_used ? <Instant at={last_used} /> : <Nothing>{t('never')}</Nothing>),
    },
  ]
  if (!actions) return columns
  return [
    ...columns,
    {
      id: 'actions',
      header: t('actions'),
      align: 'end',
      isHeaderHidden: true,
      cell: (key) => <KeyMenu providerKey={key} actions={actions} />,
    },
  ]
}

function KeyName({ providerKey: { name, provider, sandbox, is_active } }: { providerKey: ProviderKey }) {
  const t = useTranslations('providerKeys')
  return (
    <span className="flex min-w-0 items-center gap-2.5 pr-8 @lg:pr-0">
      <ProviderMark provider={provider} isDimmed={!is_active} />
      <span className="flex min-w-0 flex-col">
        <span className="truncate">{name}</span>
        <span className="truncate text-xs font-normal text-faint">{providerLabel(provider)}</span>
      </span>
      {sandbox && (
        <Badge tone="info" hint={t('sandboxHint')}>
          {t('sandbox')}
        </Badge>
      )}
    </span>
  )
}

function KeyMenu({ providerKey, actions }: { providerKey: ProviderKey; actions: KeyActions }) {
  const t = useTranslations('providerKeys')
  const label = t('actionsOf', { name: providerKey.name })
  const entries: MenuEntry[] = [
    { kind: 'item', id: 'edit', label: t('edit'), icon: <Pencil aria-hidden />, onSelect: () => actions.edit(providerKey) },
    providerKey.is_active
      ? { kind: 'item', id: 'disable', label: t('disable'), icon: <Pause aria-hidden />, onSelect: () => actions.toggle(providerKey) }
      : { kind: 'item', id: 'enable', label: t('enable'), icon: <Play aria-hidden />, onSelect: () => actions.toggle(providerKey) },
    { kind: 'line', id: 'line' },
    {
      kind: 'item',
      id: 'remove',
      label: t('remove'),
      icon: <Trash2 aria-hidden />,
      tone: 'danger',
      onSelect: () => actions.remove(providerKey),
    },
  ]
  return <Menu label={label} entries={entries} trigger={(props) => <MoreButton {...props} label={label} />} />
}
