import type { Permission } from '@llm-manager/contract/permissions'
import { Bot, Gauge, KeyRound, Server, TicketCheck } from 'lucide-react'
import type { LucideIcon } from 'lucide-react'
import { paths } from '#lib/paths.ts'

export type EntryId = 'dashboard' | 'systemKeys' | 'myKeys' | 'agents' | 'accessKeys'
export type GroupId = 'overview' | 'keys'
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
]

/** The pages a person may open. */
export function entriesFor(permissions: readonly Permission[]): readonly Entry[] {
  return entries.filter(({ permission }) => permissions.includes(permission))
}

export function isActive(entry: Entry, pathname: string): boolean {
  return pathname === entry.path || pathname.startsWith(`${entry.path}/`)
}
