import type { TokenBuckets } from '../../../providers/usage/buckets.ts'
import { priceInForce, priceOfCatalogue, priceOfSet, setPriceOf, type PriceBook } from '../../models/in-force/price-book.ts'
import { storedPrice, withSearches, type PriceInForce, type StoredPrice } from '../../models/in-force/stored-price.ts'
import { cataloguePrice } from '../../models/prices.catalogue.ts'
import { rate, searchFee } from '../../models/prices.rate.ts'
import type { ChargedEvent } from './corrections.store.ts'
import { costOf } from './make-corrections.ts'

/** A billion US dollars: no call is charged more, at whatever price. */
const costNanosMax = 10n ** 18n

/**
 * What rating an event again says of its cost. `kept`: it is not by tokens, or somebody has corrected it by hand. `unknown`: there is no
 * price. Nano-dollars; `before` null where the cost was unknown.
 */
export type Verdict =
  | { kind: 'unchanged' | 'unknown' | 'kept' }
  | {
      kind: 'differs'
      before: bigint | null
      cost: bigint
      price: StoredPrice
      reason: 'price_changed' | 'price_was_unknown'
    }

export function judge(book: PriceBook, event: ChargedEvent): Verdict {
  const { price: charged } = event
  const tokens = tokensOf(event)
  const before = costOf(event)
  if (event.unresolved || charged?.source === 'provider' || charged?.special || isByHand(event)) return { kind: 'kept' }
  // Nothing was generated, and nothing charged; or something that tokens do not explain.
  if (Object.values(tokens).every((count) => count === 0)) return { kind: before === 0n ? 'unchanged' : 'kept' }
  const price = priceOf(book, event)
  const byTokens = price && rate(tokens, price.price)
  if (price === null || byTokens === null) return { kind: 'unknown' }
  const webSearches = charged?.web_searches ?? 0
  const rated = byTokens + searchFee(webSearches)
  const cost = rated > costNanosMax ? costNanosMax : rated
  if (cost === before) return { kind: 'unchanged' }
  const wasUnknown = event.cost_nanos === null || charged === null || charged.source === 'ceiling'
  return {
    kind: 'differs',
    before,
    cost,
    price: withSearches(storedPrice(price, tokens), webSearches),
    reason: wasUnknown ? 'price_was_unknown' : 'price_changed',
  }
}

/** The price in force when the event was admitted, for whoever paid for it. */
function priceOf(
  book: PriceBook,
  { provider, provider_key_tenant_id: payer, model, admitted_at: at, price }: ChargedEvent,
): PriceInForce | null {
  if (provider !== 'azure') return priceInForce(book, payer, provider, model, at)
  // The event's model may be the mere name of a deployment, of which the catalogue knows nothing; or another model was found serving.
  const set = setPriceOf(book, payer, provider, model, at)
  if (set) return priceOfSet(set)
  const found = price?.source.startsWith('@') ? cataloguePrice(provider, price.model ?? model, at) : null
  return found?.exact ? priceOfCatalogue(found, model) : null
}

function isByHand({ reasons }: ChargedEvent): boolean {
  return reasons.some((reason) => reason !== 'price_changed' && reason !== 'price_was_unknown')
}

function tokensOf(event: ChargedEvent): TokenBuckets {
  return {
    input: Number(event.tokens_input),
    cacheRead: Number(event.tokens_cache_read),
    cacheWrite: Number(event.tokens_cache_write),
    cacheWriteLong: Number(event.tokens_cache_write_long),
    output: Number(event.tokens_output),
    reasoning: Number(event.tokens_reasoning),
    audioInput: Number(event.tokens_audio_input),
    audioOutput: Number(event.tokens_audio_output),
    image: Number(event.tokens_image),
  }
}
