'use client'

import { Archive, Pencil } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Link } from '#i18n/navigation.ts'
import { paths } from '#lib/paths.ts'
import { MoreButton } from '#ui/action/more-button.tsx'
import { Nothing } from '#ui/figure/figures.tsx'
import { Instant } from '#ui/figure/instant.tsx'
import { Menu } from '#ui/overlay/menu.tsx'
import type { MenuEntry } from '#ui/overlay/menu-entries.ts'
import type { Column } from '#ui/table/table-column.ts'
import type { Group, GroupActions } from '../group.ts'

type GroupColumnsProps = {
  actions: GroupActions | null
  limitCounts: ReadonlyMap<string, number>
  tenantNameOf: (group: Group) => string | null
}

/** The columns of the list; the last one only for who may change groups. */
export function useGroupColumns({ actions, limitCounts, tenantNameOf }: GroupColumnsProps): readonly Column<Group>[] {
  const t = useTranslations('groups')
  const columns: (Column<Group> | false)[] = [
    {
      id: 'name',
      header: t('name'),
      isPrimary: true,
      sortValue: ({ name }) => name,
      cell: (group) => <GroupName name={group.name} tenant={tenantNameOf(group)} />,
    },
    {
      id: 'members',
      header: t('members'),
      firstOrder: 'desc',
      sortValue: ({ members }) => members,
      cell: ({ members }) =>
        members > 0 ? (
          <span className="tabular-nums">{t('memberCount', { count: members })}</span>
        ) : (
          <Nothing>{t('memberCount', { count: 0 })}</Nothing>
        ),
    },
    {
      id: 'limits',
      header: t('limits'),
      firstOrder: 'desc',
      sortValue: ({ id }) => limitCounts.get(id) ?? 0,
      cell: (group) => <LimitCount group={group} count={limitCounts.get(group.id) ?? 0} />,
    },
    {
      id: 'updated',
      header: t('updatedAt'),
      isSecondary: true,
      sortValue: ({ updated_at, created_at }) => Date.parse(updated_at ?? created_at),
      cell: ({ updated_at, created_at }) => <Instant at={updated_at ?? created_at} />,
    },
    actions !== null && {
      id: 'actions',
      header: t('actions'),
      align: 'end',
      isHeaderHidden: true,
      cell: (group) => <GroupMenu group={group} actions={actions} />,
    },
  ]
  return columns.filter((column) => column !== false)
}

function GroupName({ name, tenant }: { name: string; tenant: string | null }) {
  return (
    <span className="flex min-w-0 flex-col pr-8 @lg:max-w-60 @lg:pr-0 @4xl:max-w-96">
      <span className="truncate">{name}</span>
      {tenant && <span className="truncate text-xs font-normal text-faint">{tenant}</span>}
    </span>
  )
}

function LimitCount({ group, count }: { group: Group; count: number }) {
  const t = useTranslations('groups')
  if (count === 0) return <Nothing>{t('limitCount', { count })}</Nothing>
  return (
    <Link
      href={paths.quotas({ type: 'group', subject: group.id })}
      aria-label={t('limitsOf', { count, name: group.name })}
      className="-mx-1.5 -my-0.5 w-fit rounded-sm px-1.5 py-0.5 hover:bg-pressed hover:text-accent-text"
    >
      {t('limitCount', { count })}
    </Link>
  )
}

function GroupMenu({ group, actions }: { group: Group; actions: GroupActions }) {
  const t = useTranslations('groups')
  const label = t('actionsOf', { name: group.name })
  const entries: MenuEntry[] = [
    { kind: 'item', id: 'rename', label: t('rename'), icon: <Pencil aria-hidden />, onSelect: () => actions.rename(group) },
    { kind: 'line', id: 'line' },
    {
      kind: 'item',
      id: 'retire',
      label: t('retire'),
      icon: <Archive aria-hidden />,
      tone: 'danger',
      onSelect: () => actions.retire(group),
    },
  ]
  return <Menu label={label} entries={entries} trigger={(props) => <MoreButton {...props} label={label} />} />
}
