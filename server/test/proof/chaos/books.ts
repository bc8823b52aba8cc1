import type { LedgerEntry } from '../../../../simulator/src/billing/ledger.ts'
import { costOf } from '../price-file.ts'
import type { ChaosEnd } from './traffic.ts'

/** One usage event of ours; costs in nano-dollars. */
export type ChaosEvent = {
  id: string
  accessKeyId: string
  admittedMs: number
  outcome: string
  tokens: Record<string, number>
  cost: bigint
  reserved: bigint
  estimated: boolean
  unresolved: boolean
}

export type Comparison = { exact: number; free: number; estimated: number; unresolved: number; wrong: string[] }

/**
 * The provider's book against ours, call by call. A caller makes one call after the other, so an event belongs to the call of its access
 * key that was under way when it was admitted, and the provider's entry is told by the length of the prompt. Everything billed is there to
 * the unit, or as an estimate of an answer that broke off, or as an unresolved event that covers it; nothing else is there.
 */
export function compareBooks(
  ends: readonly ChaosEnd[],
  entries: readonly LedgerEntry[],
  events: readonly ChaosEvent[],
  keyIds: readonly string[],
): Comparison {
  const result: Comparison = { exact: 0, free: 0, estimated: 0, unresolved: 0, wrong: [] }
  const entryOf = new Map(entries.map((entry) => [`${entry.model} ${promptOf(entry)}`, entry]))
  const eventsOf = Map.groupBy(events, ({ accessKeyId }) => accessKeyId)
  let matched = 0
  for (const end of ends) {
    const { call, fromMs, toMs } = end
    const entry = entryOf.get(`${call.model.split('/').at(-1)} ${call.promptTokens}`)
    const own = (eventsOf.get(keyIds[call.caller]!) ?? []).filter(({ admittedMs }) => admittedMs >= fromMs && admittedMs <= toMs)
    matched += own.length
    const wrong = judge(end, entry, own, result)
    if (wrong !== null)
      result.wrong.push(
        `${wrong}: ${JSON.stringify({ end, entry, own }, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}`,
      )
  }
  if (matched !== events.length) result.wrong.push(`${events.length - matched} events belong to no call`)
  return result
}

function promptOf({ tokens }: LedgerEntry): number {
  return tokens.input + tokens.cache_read + tokens.cache_write
}

/** What is wrong with the account of one call, or null. */
function judge(end: ChaosEnd, entry: LedgerEntry | undefined, own: readonly ChaosEvent[], result: Comparison): string | null {
  const [event] = own
  if (own.length > 1) return 'two events of one call'
  const isBilled = entry !== undefined && entry.cost_nanos > 0
  if (!event) return isBilled ? 'billed, and not in our books' : null
  if (event.unresolved) {
    result.unresolved++
    if (isBilled && event.reserved < priceOf(entry)) return 'an unresolved call does not cover what was billed'
    return event.cost === event.reserved && event.estimated ? null : 'an unresolved call is not charged at its reservation'
  }
  if (!isBilled) {
    result.free++
    return event.cost === 0n ? null : 'charged, and not billed'
  }
  if (event.estimated) {
    result.estimated++
    if (end.isWhole && end.status === 200 && !end.call.directives.includes('no_usage')) return 'a whole answer is only estimated'
    return event.cost > 0n && event.cost <= event.reserved ? null : 'an estimate of nothing, or of more than was reserved'
  }
  result.exact++
  const { input, cache_read, cache_write, output, reasoning } = entry.tokens
  const isSame = Object.entries({ input, cache_read, cache_write, output, reasoning }).every(
    ([name, count]) => event.tokens[name] === count,
  )
  return isSame && event.cost === priceOf(entry) ? null : 'settled at something else than was billed'
}

function priceOf({ provider, model, tokens }: LedgerEntry): bigint {
  return costOf(provider, model ?? '', tokens)
}
