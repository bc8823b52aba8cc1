/** Nano-dollars per million tokens as decimal text, by the contract's names of buckets. */
type PerMillionNanos = Record<string, string>

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
