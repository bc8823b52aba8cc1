import { usdOfNanos } from '../../../platform/money.ts'
import type { StoredPrice } from '../../models/in-force/stored-price.ts'
import { tokenColumns } from '../events.record.ts'

type Charged = Record<(typeof tokenColumns)[number], bigint> & {
  cost_nanos: bigint | null
  reserved_nanos: bigint
  price: StoredPrice | null
}

export type PriceLine = { bucket: string; tokens: number; usd_per_million: number | null; cost: number }

const million = 1_000_000n

/**
 * How the charge of an event came about, in lines that add up to it to the nano-dollar: each bucket that was used, at the price stored with
 * the event. The charge was rounded once, so each line is what it adds to the rounded sum. What was not charged by tokens is one line of
 * all of them.
 */
export function priceLinesOf(event: Charged): PriceLine[] {
  const cost = event.cost_nanos
  if (cost === null) return []
  const byTokens = linesByTokens(event)
  if (byTokens && byTokens.nanos === cost) return byTokens.lines
  const bucket = event.price?.source === 'provider' ? 'provider' : cost === event.reserved_nanos ? 'reserved' : 'other'
  const tokens = tokenColumns.reduce((sum, column) => sum + event[column], 0n)
  return [{ bucket, tokens: Number(tokens), usd_per_million: null, cost: usdOfNanos(cost) }]
}

/** Null where a bucket that was used has no price. */
function linesByTokens(event: Charged): { lines: PriceLine[]; nanos: bigint } | null {
  const perMillion = event.price?.per_million_nanos ?? {}
  const lines: PriceLine[] = []
  let product = 0n
  const used = tokenColumns.map((column) => [column.slice('tokens_'.length), event[column]] as const)
  for (const [bucket, tokens] of [...used, ['web_search', BigInt(event.price?.web_searches ?? 0)] as const]) {
    if (tokens === 0n) continue
    const price = perMillion[bucket]
    if (price === undefined) return null
    const before = halfUp(product)
    product += tokens * BigInt(price)
    lines.push({ bucket, tokens: Number(tokens), usd_per_million: usdOfNanos(BigInt(price)), cost: usdOfNanos(halfUp(product) - before) })
  }
  return { lines, nanos: halfUp(product) }
}

function halfUp(product: bigint): bigint {
  return (product + million / 2n) / million
}
