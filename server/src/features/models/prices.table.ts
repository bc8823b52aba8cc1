import type { JSONColumnType } from 'kysely'
import type { Generated } from 'kysely'
import type { ProviderName } from '../../providers/provider.ts'

/** Integer nano-dollars per million tokens, by bucket; decimal strings, since JSON numbers lose digits past 2^53. */
export type PerMillionNanos = Record<string, string>

export type PricesTable = {
  tenant_id: string
  id: string
  provider: ProviderName
  model: string
  effective_from: Date
  per_million_nanos: JSONColumnType<PerMillionNanos>
  version: Generated<bigint>
  created_at: Date
  withdrawn_at: Generated<Date | null>
}

declare module '../../platform/db.ts' {
  interface Tables {
    prices: PricesTable
  }
}
