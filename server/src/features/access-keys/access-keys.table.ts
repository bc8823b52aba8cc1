import type { Generated } from 'kysely'

export type AccessKeysTable = {
  tenant_id: string
  id: string
  name: string
  agent_id: string | null
  user_id: string | null
  created_by: string
  mode: 'live' | 'test'
  secret_hash: Buffer
  key_hint: string
  models: string[] | null
  allowed_ips: string[] | null
  tags: Generated<Record<string, string>>
  expires_at: Date | null
  revoked_at: Date | null
  last_used: Date | null
  version: Generated<bigint>
  created_at: Date
  updated_at: Date | null
}

declare module '../../platform/db.ts' {
  interface Tables {
    access_keys: AccessKeysTable
  }
}
