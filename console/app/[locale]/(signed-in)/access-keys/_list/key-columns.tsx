'use client'

import { Ban, Pencil, RefreshCw } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { MoreButton } from '#ui/action/more-button.tsx'
import { Mono } from '#ui/data/mono.tsx'
import { Nothing } from '#ui/figure/figures.tsx'
import { Instant } from '#ui/figure/instant.tsx'
import { Menu } from '#ui/overlay/menu.tsx'
import type { MenuEntry } from '#ui/overlay/menu-entries.ts'
import type { Column } from '#ui/table/table-column.ts'
import { cx } from '#ui/theme/cx.ts'
import { belongingOf } from '../access-key.ts'
import type { AccessKey, Known } from '../access-key.ts'
import { BelongingLabel, ExpiryNote, ModelList } from './key-facts.tsx'
import { KeyStatusLabel, ModeNote } from './key-status.tsx'

export type AccessKeyActions = { edit: (key: AccessKey) => void; rotate: (key: AccessKey) => void; revoke: (key: AccessKey) => void }

/** The columns of the list; the last one only for who may change keys. */
export function useKeyColumns(known: Known, actions: AccessKeyActions | null): readonly Column<AccessKey>[] {
  const t = useTranslations('accessKeys')
  const columns: Column<AccessKey>[] = [
    { id: 'name', header: t('name'), isPrimary: true, sortValue: ({ name }) => name, cell: (key) => <KeyName accessKey={key} /> },
    { id: 'status', header: t('stateAndExpiry'), sortValue: endOf, cell: (key) => <StatusAndExpiry accessKey={key} /> },
    { id: 'belongs', header: t('belongsTo'), cell: (key) => <BelongingLabel belonging={belongingOf(key, known)} /> },
    {
      id: 'hint',
      header: t('key'),
      isSecondary: true,
      cell: ({ key_hint }) => <Mono className="text-muted">{key_hint}</Mono>,
    },
    { id: 'models', header: t('models'), isSecondary: true, cell: ({ models }) => <ModelList models={models} /> },
    {
      id: 'last_used',
      header: t('lastUsed'),
      sortValue: ({ last_used }) => (last_used ? Date.parse(last_used) : null),
      cell: ({ last_used }) => (last_used ? <Instant at={last_used} /> : <Nothing>{t('neverUsed')}</Nothing>),
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
      cell: (key) => key.status !== 'revoked' && <KeyMenu accessKey={key} actions={actions} />,
    },
  ]
}

function KeyName({ accessKey: { name, mode, status } }: { accessKey: AccessKey }) {
  return (
    <span className="flex min-w-0 flex-col pr-8 @lg:max-w-40 @lg:pr-0 @4xl:max-w-48 @[70rem]:max-w-72">
      <span className={cx('truncate', status === 'revoked' && 'text-faint line-through')}>{name}</span>
      <ModeNote mode={mode} />
    </span>
  )
}

function StatusAndExpiry({ accessKey }: { accessKey: AccessKey }) {
  return (
    <span className="flex flex-col">
      <KeyStatusLabel status={accessKey.status} />
      <ExpiryNote accessKey={accessKey} />
    </span>
  )
}

/** When a key stops, for sorting: those that never do after those that will, and revoked ones last of all. */
function endOf({ status, expires_at }: AccessKey): number | null {
  if (status === 'revoked') return null
  return expires_at ? Date.parse(expires_at) : Number.MAX_SAFE_INTEGER
}

function KeyMenu({ accessKey, actions }: { accessKey: AccessKey; actions: AccessKeyActions }) {
  const t = useTranslations('accessKeys')
  const label = t('actionsOf', { name: accessKey.name })
  const entries: MenuEntry[] = [
    { kind: 'item', id: 'edit', label: t('edit'), icon: <Pencil aria-hidden />, onSelect: () => actions.edit(accessKey) },
    { kind: 'item', id: 'rotate', label: t('rotate'), icon: <RefreshCw aria-hidden />, onSelect: () => actions.rotate(accessKey) },
    { kind: 'line', id: 'line' },
    {
      kind: 'item',
      id: 'revoke',
      label: t('revoke'),
      icon: <Ban aria-hidden />,
      tone: 'danger',
      onSelect: () => actions.revoke(accessKey),
    },
  ]
  return <Menu label={label} entries={entries} trigger={(props) => <MoreButton {...props} label={label} />} />
}
