import type { Locale } from '@llm-manager/contract/common'
import type { RoleName } from '@llm-manager/contract/permissions'
import type { Generated } from 'kysely'

export type UsersTable = {
  tenant_id: string
  id: string
  email: string
  name: string
  password_hash: string | null
  external_id: string | null
  status: Generated<'active' | 'disabled' | 'retired'>
  locale: Generated<Locale>
  version: Generated<bigint>
  created_at: Date
  updated_at: Date | null
}

export type UserRolesTable = { tenant_id: string; user_id: string; role: RoleName }

declare module '../../platform/db.ts' {
  interface Tables {
    users: UsersTable
    user_roles: UserRolesTable
  }
}
