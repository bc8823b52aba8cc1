import type { ColumnType, Generated } from 'kysely'
import type { StoredSettings } from './tenants.settings.ts'

export type TenantsTable = {
  id: string
  name: string
  plan: 'free' | 'pro' | 'enterprise'
  is_root: Generated<boolean>
  status: Generated<'active' | 'suspended' | 'retired'>
  settings: ColumnType<StoredSettings, string | undefined, string>
  version: Generated<bigint>
  created_at: Date
  updated_at: Date | null
}

declare module '../../platform/db.ts' {
  interface Tables {
    tenants: TenantsTable
  }
}
