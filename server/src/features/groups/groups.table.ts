import type { Generated } from 'kysely'

export type GroupsTable = {
  tenant_id: string
  id: string
  name: string
  status: Generated<'active' | 'retired'>
  version: Generated<bigint>
  created_at: Date
  updated_at: Date | null
}

export type GroupMembersTable = { tenant_id: string; group_id: string; user_id: string; created_at: Date }

declare module '../../platform/db.ts' {
  interface Tables {
    groups: GroupsTable
    group_members: GroupMembersTable
  }
}
