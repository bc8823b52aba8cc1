import type { TokenBuckets, Usage } from '../../providers/usage/buckets.ts'
import { isListPrice } from '../../providers/usage/service-tier.ts'
import type { Charge } from '../settlement/settle.ts'

/** As the provider reported it. What it served in another tier than the usual is priced like the usual, and flagged. */
export function reportedCharge({ buckets, raw, costNanos, model, serviceTier, webSearches }: Usage): Charge {
  return { kind: 'used', buckets, webSearches, raw, costNanos, model, isEstimate: costNanos === null && !isListPrice(serviceTier) }
}

/** As we counted it ourselves; `early` is what the provider had reported before it broke off. */
export function estimatedCharge(buckets: TokenBuckets, early: Usage | null = null): Charge {
  const { raw = null, model = null, webSearches = 0 } = early ?? {}
  return { kind: 'used', buckets, webSearches, raw, costNanos: null, model, isEstimate: true }
}
