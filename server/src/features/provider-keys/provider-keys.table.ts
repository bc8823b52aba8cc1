import type { Generated } from 'kysely'
import type { ProviderName } from '../../providers/provider.ts'

export type ProviderKeysTable = {
  tenant_id: string
  id: string
  kind: 'system' | 'user'
  user_id: string | null
  provider: ProviderName
  name: string
  sealed_secret: Buffer | null
  data_key_version: number
  secret_version: number
  key_hint: string
  base_url: string | null
  options: Generated<Record<string, string>>
  status: 'unverified' | 'active' | 'degraded' | 'invalid' | 'retired'
  status_reason: string | null
  is_active: boolean
  sandbox: Generated<boolean>
  weight: Generated<number>
  priority: Generated<number>
  expires_at: Date | null
  last_used: Date | null
  validated_at: Date | null
  version: Generated<bigint>
  created_at: Date
  updated_at: Date | null
}

export type DataKeysTable = { tenant_id: string; version: number; wrapped: Buffer; created_at: Date }
export type KeyChecksTable = { kek_id: string; check_value: Buffer }

declare module '../../platform/db.ts' {
  interface Tables {
    provider_keys: ProviderKeysTable
    data_keys: DataKeysTable
    key_checks: KeyChecksTable
  }
}
