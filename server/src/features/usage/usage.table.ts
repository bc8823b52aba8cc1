import type { Generated, JSONColumnType } from 'kysely'
import type { ProviderName } from '../../providers/provider.ts'
import type { StoredPrice } from '../models/in-force/stored-price.ts'

type TokenColumns = {
  tokens_input: bigint
  tokens_cache_read: bigint
  tokens_cache_write: bigint
  tokens_cache_write_long: bigint
  tokens_output: bigint
  tokens_reasoning: bigint
  tokens_audio_input: bigint
  tokens_audio_output: bigint
  tokens_image: bigint
}

export type UsageEventsTable = TokenColumns & {
  tenant_id: string
  admitted_at: Date
  id: string
  operation_id: string
  attempt: number
  access_key_id: string
  user_id: string | null
  agent_id: string | null
  provider_key_tenant_id: string
  provider_key_id: string
  provider: ProviderName
  model: string
  endpoint: string
  stream: boolean
  outcome: string
  error_source: 'gateway' | 'provider' | 'client' | null
  error_code: string | null
  http_status: number | null
  cost_nanos: bigint | null
  reserved_nanos: bigint
  price: JSONColumnType<StoredPrice | null>
  estimated: boolean
  unresolved: boolean
  duration_ms: number
  first_byte_ms: number | null
  request_id: string
  raw_usage: JSONColumnType<Record<string, unknown> | null>
}

export type LedgerEntriesTable = {
  tenant_id: string
  admitted_at: Date
  event_id: string
  limit_id: string
  window_start: Date
  kind: 'settle' | 'correction' | 'abandoned'
  amount: bigint
  correction_id: Generated<string>
}

export type UsageRollupsTable = TokenColumns & {
  tenant_id: string
  hour: Date
  access_key_id: string
  user_id: string
  agent_id: string
  provider_key_id: string
  provider: ProviderName
  model: string
  requests: bigint
  errors: bigint
  cost_nanos: bigint
  unknown_cost_requests: bigint
  estimated_requests: bigint
}

export type JournalPositionsTable = { epoch: string; position: bigint }

declare module '../../platform/db.ts' {
  interface Tables {
    usage_events: UsageEventsTable
    ledger_entries: LedgerEntriesTable
    usage_rollups: UsageRollupsTable
    journal_positions: JournalPositionsTable
  }
}
