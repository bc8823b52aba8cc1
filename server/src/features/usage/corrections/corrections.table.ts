import type { JSONColumnType } from 'kysely'
import type { StoredPrice } from '../../models/in-force/stored-price.ts'

export type UsageCorrectionsTable = {
  tenant_id: string
  id: string
  admitted_at: Date
  event_id: string
  amount_nanos: bigint
  was_unknown: boolean
  reason: 'price_changed' | 'price_was_unknown' | 'invoice' | 'unresolved_call' | 'other'
  note: string | null
  price: JSONColumnType<StoredPrice> | null
  made_by: string | null
  created_at: Date
}

declare module '../../../platform/db.ts' {
  interface Tables {
    usage_corrections: UsageCorrectionsTable
  }
}
