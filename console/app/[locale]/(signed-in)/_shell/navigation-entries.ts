import type { Permission } from '@llm-manager/contract/permissions'
import { Bot, Gauge, KeyRound, OctagonMinus, Server, TicketCheck, Users } from 'lucide-react'
import type { LucideIcon } from 'lucide-react'
import { paths } from '#lib/paths.ts'

export type EntryId = 'dashboard' | 'systemKeys' | 'myKeys' | 'agents' | 'accessKeys' | 'quotas' | 'groups'
export type GroupId = 'overview' | 'keys' | 'governance'
export type Entry = {
  id: EntryId
  group: GroupId
  path: string
  icon: LucideIcon
  permission: Permission
  /** Typed after `g`. */ key: string
}

/** Every page that there is, in the order of the navigation. */
const entries: readonly Entry[] = [
  { id: 'dashboard', group: 'overview', path: paths.dashboard(), icon: Gauge, permission: 'usage:read', key: 'd' },
  { id: 'systemKeys', group: 'keys', path: paths.systemKeys(), icon: Server, permission: 'system_keys:read', key: 's' },
  { id: 'myKeys', group: 'keys', path: paths.myKeys(), icon: KeyRound, permission: 'user_keys:read', key: 'm' },
  { id: 'agents', group: 'keys', path: paths.agents(), icon: Bot, permission: 'agents:read', key: 'a' },
  { id: 'accessKeys', group: 'keys', path: paths.accessKeys(), icon: TicketCheck, permission: 'access_keys:read', key: 'k' },
  { id: 'quotas', group: 'governance', path: paths.quotas(), icon: OctagonMinus, permission: 'quotas:read', key: 'l' },
  { id: 'groups', group: 'governance', path: paths.groups(), icon: Users, permission: 'groups:read', key: 'g' },
]

/** The pages a person may open. */
export function entriesFor(permissions: readonly Permission[]): readonly Entry[] {
  return entries.filter(({ permission }) => permissions.includes(permission))
}

/** How many pages fit under the thumb. */
const thumbMax = 5
const frequent: readonly EntryId[] = ['dashboard', 'agents', 'accessKeys', 'quotas']

/** The pages at the lower edge of a phone: all where they fit, else those most often opened, and the others behind one more. */
export function thumbEntries(permissions: readonly Permission[]): { shown: readonly Entry[]; others: readonly Entry[] } {
  const all = entriesFor(permissions)
  if (all.length <= thumbMax) return { shown: all, others: [] }
  return { shown: all.filter(({ id }) => frequent.includes(id)), others: all.filter(({ id }) => !frequent.includes(id)) }
}

export function isActive(entry: Entry, pathname: string): boolean {
  return pathname === entry.path || pathname.startsWith(`${entry.path}/`)
}
