import type { PerMillion } from '@llm-manager/contract/prices'
import type { TenantSettings as ShownSettings } from '@llm-manager/contract/tenants'
import type * as z from 'zod/mini'
import { nanosOfUsd, usdOfNanos } from '../../platform/money.ts'

/** Nano-dollars per million tokens as decimal text, by the contract's names of buckets. */
type PerMillionNanos = Record<string, string>
type Shown = z.output<typeof ShownSettings>

/** What a tenant has chosen, as it is stored; what is not there is the product's own choice. */
export type StoredSettings = {
  unknown_price?: { policy: 'refuse' } | { policy: 'ceiling'; per_million_nanos: PerMillionNanos }
  budget_status?: 402 | 429
  output_cap_default?: number | null
}

/**
 * `ceiling`: what a call costs whose price nobody knows, on the keys of this tenant; null refuses it. `budgetStatus`: how a call over a
 * budget is told. `outputCapDefault`: tokens of an answer where neither the client nor what is known of the model says how long it may be.
 */
export type TenantSettings = { ceiling: PerMillionNanos | null; budgetStatus: 402 | 429; outputCapDefault: number | null }

export function readSettings({ unknown_price, budget_status, output_cap_default }: StoredSettings): TenantSettings {
  return {
    ceiling: unknown_price?.policy === 'ceiling' ? unknown_price.per_million_nanos : null,
    budgetStatus: budget_status ?? 402,
    outputCapDefault: output_cap_default ?? null,
  }
}

/** As the API says them, every one. */
export function toShown(stored: StoredSettings): Shown {
  const { ceiling, budgetStatus, outputCapDefault } = readSettings(stored)
  return {
    unknown_price: ceiling ? { policy: 'ceiling', per_million: toPerMillion(ceiling) } : { policy: 'refuse' },
    budget_status: budgetStatus,
    output_cap_default: outputCapDefault,
  }
}

/** As they are stored, those that are named. */
export function toStored({ unknown_price, ...others }: Partial<Shown>): StoredSettings {
  if (unknown_price === undefined) return others
  if (unknown_price.policy === 'refuse') return { ...others, unknown_price }
  return { ...others, unknown_price: { policy: 'ceiling', per_million_nanos: toPerMillionNanos(unknown_price.per_million) } }
}

/** Decimal text, since JSON numbers lose digits past 2^53. */
export function toPerMillionNanos(perMillion: z.output<typeof PerMillion>): PerMillionNanos {
  const named = Object.entries(perMillion).filter((entry): entry is [string, number] => entry[1] !== undefined)
  return Object.fromEntries(named.map(([bucket, usd]) => [bucket, nanosOfUsd(usd).toString()]))
}

export function toPerMillion(perMillionNanos: PerMillionNanos): z.output<typeof PerMillion> {
  const named = Object.entries(perMillionNanos).map(([bucket, nanos]) => [bucket, usdOfNanos(BigInt(nanos))] as const)
  return Object.fromEntries(named) as z.output<typeof PerMillion>
}
