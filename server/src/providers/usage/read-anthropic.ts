import { asList, asObject, type Json } from '../json.ts'
import { noTokens, type TokenBuckets } from './buckets.ts'
import { count, isCount, part } from './fields.ts'

/**
 * Anthropic's usage: `input_tokens` leaves out what was read from or written to a cache; output includes thinking. Where the server
 * compacted the conversation in between, the top level tells only the last round and every round was billed.
 */
export function anthropicBuckets(raw: Json): TokenBuckets | null {
  const rounds = billedRounds(raw)
  if (rounds.length === 0) return oneRound(raw)
  const sum = noTokens()
  for (const round of rounds) {
    const buckets = oneRound(round)
    if (buckets === null) return oneRound(raw)
    for (const name of Object.keys(sum) as (keyof TokenBuckets)[]) sum[name] += buckets[name]
  }
  return sum
}

function billedRounds(raw: Json): Json[] {
  const rounds = asList(raw.iterations).map(asObject)
  return rounds.some((round) => round.type === 'compaction')
    ? rounds.filter((round) => round.type === 'compaction' || round.type === 'message')
    : []
}

function oneRound(raw: Json): TokenBuckets | null {
  if (!isCount(raw.input_tokens) && !isCount(raw.output_tokens)) return null
  const written = asObject(raw.cache_creation)
  const long = count(written.ephemeral_1h_input_tokens)
  // The split may say more than the sum; then it is the split that is billed.
  const writtenTotal = Math.max(count(raw.cache_creation_input_tokens), long + count(written.ephemeral_5m_input_tokens))
  const output = count(raw.output_tokens)
  const reasoning = part(asObject(raw.output_tokens_details).thinking_tokens, output)
  const buckets = {
    ...noTokens(),
    input: count(raw.input_tokens),
    cacheRead: count(raw.cache_read_input_tokens),
    cacheWrite: writtenTotal - long,
    cacheWriteLong: long,
    output: output - reasoning,
    reasoning,
  }
  return Object.values(buckets).some(Number.isNaN) ? null : buckets
}
