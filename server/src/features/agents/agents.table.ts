import type { Generated } from 'kysely'
import type { ProviderName } from '../../providers/provider.ts'

export type AgentsTable = {
  tenant_id: string
  id: string
  owner_id: string
  name: string
  description: string | null
  provider: ProviderName | null
  key_tenant_id: string | null
  key_id: string | null
  status: Generated<'active' | 'retired'>
  version: Generated<bigint>
  created_at: Date
  updated_at: Date | null
}

declare module '../../platform/db.ts' {
  interface Tables {
    agents: AgentsTable
  }
}
