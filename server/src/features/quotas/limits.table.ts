import type { Generated } from 'kysely'

export type LimitsTable = {
  tenant_id: string
  id: string
  subject_type: 'tenant' | 'group' | 'user' | 'agent' | 'access_key' | 'provider_key'
  subject_id: string
  metric: 'cost' | 'tokens' | 'requests' | 'parallel'
  window: 'minute' | 'hour' | 'day' | 'week' | 'month' | 'total'
  amount: bigint | null
  origin: Generated<'quota' | 'usage_limit'>
  timezone: Generated<string>
  anchor: Generated<Date | null>
  restarted_at: Generated<Date | null>
  hard: Generated<boolean>
  thresholds: Generated<number[]>
  provider: Generated<string | null>
  model: Generated<string | null>
  imposed: Generated<boolean>
  status: Generated<'active' | 'retired'>
  version: Generated<bigint>
  created_at: Date
  updated_at: Date | null
}

export type LimitCountersTable = {
  tenant_id: string
  limit_id: string
  window_start: Date
  posted: bigint
  leased: Generated<bigint>
  amount: Generated<bigint | null>
}

declare module '../../platform/db.ts' {
  interface Tables {
    limits: LimitsTable
    limit_counters: LimitCountersTable
  }
}
