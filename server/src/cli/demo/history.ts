import { openEventSink } from '../../features/usage/events.drain.ts'
import { ensurePartitions } from '../../features/usage/events.partitions.ts'
import { noTokens, type SettledEvent } from '../../features/usage/events.record.ts'
import { rate } from '../../features/models/prices.rate.ts'
import { noTokens as noBuckets, type TokenBuckets } from '../../providers/usage/buckets.ts'
import { totalWindowStart } from '../../features/quotas/windows.ts'
import type { Db } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import type { Habit } from './cast.ts'
import { heldLimits, type DemoLimit } from './limits.ts'
import type { DemoCaller, DemoKeys, DemoPrice } from './seed.ts'

const days = 14
const hourMs = 3600_000
/** How busy each hour of a day is (UTC; office hours in São Paulo), as a share of the busiest. */
const rhythm = [0.2, 0.15, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.08, 0.1, 0.25, 0.5, 0.8, 0.95, 1, 0.8, 0.85, 1, 1, 0.95, 0.8, 0.55, 0.4, 0.3]

/** Two weeks of calls that look like work: busy in the day, quiet on Sundays, a few failing. The same each time, but for the instant it ends at. */
export async function writeHistory(db: Db, databaseUrl: string, callers: DemoCaller[], world: DemoWorld, until: Date): Promise<number> {
  const next = generator(20_260_101)
  const from = new Date(until.getTime() - days * 24 * hourMs)
  await ensurePartitions(db, from)
  const events: SettledEvent[] = []
  for (let hour = Math.ceil(from.getTime() / hourMs) * hourMs; hour < until.getTime(); hour += hourMs) {
    const at = new Date(hour)
    const busy = rhythm[at.getUTCHours()]! * (at.getUTCDay() === 0 ? 0.3 : at.getUTCDay() === 6 ? 0.5 : 1)
    for (const caller of callers) {
      const calls = Math.round(caller.callsPerHour * busy * (0.6 + next() * 0.8))
      for (let call = 0; call < calls; call++) {
        const instant = new Date(hour + Math.floor(next() * hourMs))
        if (instant < until) events.push(eventOf(caller, pick(caller.models, next), instant, next, world))
      }
    }
  }
  await bring(databaseUrl, events)
  return events.length
}

/** Brings events into the database as the gateway does, though from no journal. */
async function bring(databaseUrl: string, events: readonly SettledEvent[]): Promise<void> {
  const sink = openEventSink(databaseUrl)
  const batchSize = 2000
  try {
    for (let start = 0; start < events.length; start += batchSize) {
      const batch = events.slice(start, start + batchSize).map((event) => ({ event, position: null }))
      await sink.drain(newId(), batch)
    }
  } finally {
    await sink.close()
  }
}

/** What calls are served by, what they cost, and what they are measured by. */
type DemoWorld = { keys: DemoKeys; prices: DemoPrice[]; limits: DemoLimit[]; limitIdOf: (keyId: string) => string }

/** One call and what came of it, under the limit of the key that served it and those on who called. */
function eventOf(caller: DemoCaller, habit: Habit, at: Date, next: () => number, world: DemoWorld): SettledEvent {
  const { keys, prices, limits, limitIdOf } = world
  const { tenantId, keyId } = keys.get(habit.provider)!
  const perMillion = perMillionNanos(prices.find((price) => price.provider === habit.provider && price.model === habit.model)!)
  const fails = next() < 0.015
  const tokens = fails ? noBuckets() : tokensOf(habit, next)
  const bucketPrices = { input: perMillion.input, cacheRead: perMillion.cache_read, output: perMillion.output }
  const cost = rate(tokens, { perMillionNanos: bucketPrices }) ?? 0n
  const reserved = (cost * 3n).toString()
  const reservedTokens = String((tokens.input + tokens.cacheRead + tokens.output) * 2)
  const id = newId(at.getTime())
  const held = {
    tenant_id: tenantId,
    limit_id: limitIdOf(keyId),
    window_start: totalWindowStart.toISOString(),
    metric: 'cost' as const,
    reserved,
  }
  const stored = Object.fromEntries(Object.entries(perMillion).map(([bucket, nanos]) => [bucket, String(nanos)]))
  return {
    ...noTokens,
    ...(fails ? { outcome: 'error' as const, ...pickOne(failures, next) } : succeeded),
    ...durationOf(tokens.output, next),
    id,
    tenant_id: caller.tenantId,
    admitted_at: at.toISOString(),
    operation_id: id,
    attempt: 1,
    access_key_id: caller.accessKeyId,
    user_id: caller.ownerId,
    agent_id: caller.agentId,
    provider_key_tenant_id: tenantId,
    provider_key_id: keyId,
    provider: habit.provider,
    model: habit.model,
    endpoint: habit.output === 0 ? 'embeddings' : habit.provider === 'anthropic' ? 'messages' : 'chat.completions',
    stream: habit.output > 0 && next() < 0.6,
    reserved_nanos: reserved,
    price: { source: 'demo', per_million_nanos: stored },
    request_id: id,
    limits: [held, ...heldLimits(limits, caller, at, { cost: reserved, tokens: reservedTokens, requests: '1', parallel: '1' })],
    tokens_input: tokens.input,
    tokens_cache_read: tokens.cacheRead,
    tokens_output: tokens.output,
    cost_nanos: cost.toString(),
    estimated: false,
    unresolved: false,
    raw_usage: null,
  }
}

const succeeded = { outcome: 'ok' as const, error_source: null, error_code: null, http_status: 200 }
const failures = [
  { error_source: 'provider' as const, error_code: 'rate_limited', http_status: 429 },
  { error_source: 'provider' as const, error_code: 'overloaded', http_status: 529 },
  { error_source: 'provider' as const, error_code: 'server_error', http_status: 500 },
]

/** Most calls are near the habit's size, some a few times as large; most find part of their input cached. */
function tokensOf(habit: Habit, next: () => number): TokenBuckets {
  const size = 0.4 + next() * next() * 3
  const cached = habit.cached && next() < 0.7 ? Math.round(habit.input * size * habit.cached) : 0
  return { ...noBuckets(), input: Math.round(habit.input * size) - cached, cacheRead: cached, output: Math.round(habit.output * size) }
}

function durationOf(outputTokens: number, next: () => number): { first_byte_ms: number; duration_ms: number } {
  const firstByteMs = Math.round(180 + next() * 900)
  return { first_byte_ms: firstByteMs, duration_ms: firstByteMs + Math.round(outputTokens * (6 + next() * 10)) }
}

function pickOne<T>(things: readonly T[], next: () => number): T {
  return things[Math.floor(next() * things.length)]!
}

function perMillionNanos({ per_million }: DemoPrice): { input: number; output: number; cache_read?: number } {
  const nanos = Object.fromEntries(Object.entries(per_million).map(([bucket, usd]) => [bucket, Math.round(usd * 1e9)]))
  return { output: 0, ...nanos } as { input: number; output: number; cache_read?: number }
}

function pick(habits: Habit[], next: () => number): Habit {
  let left = next() * habits.reduce((sum, habit) => sum + habit.share, 0)
  return habits.find((habit) => (left -= habit.share) < 0) ?? habits[0]!
}

/** Numbers from 0 to 1 that look random and are the same for a seed (the linear congruence of Numerical Recipes). */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}
