import type { Generated } from 'kysely'

export type TenantsTable = {
  id: string
  name: string
  plan: 'free' | 'pro' | 'enterprise'
  is_root: Generated<boolean>
  status: Generated<'active' | 'suspended' | 'retired'>
  version: Generated<bigint>
  created_at: Date
  updated_at: Date | null
}

declare module '../../platform/db.ts' {
  interface Tables {
    tenants: TenantsTable
  }
}
