import { providersOwn, storedPrice, withSearches } from '../../features/models/in-force/stored-price.ts'
import { rate, searchFee, type Price } from '../../features/models/prices.rate.ts'
import { release, settle, type Account } from '../../features/quotas/leases/accounts.ts'
import {
  bytesOfId,
  encodeHold,
  encodeSettlement,
  noTokens as noTokenCounts,
  settleBytesMax,
  type Outcome,
  type SettleRecord,
  type TokenCounts,
} from '../../features/usage/events.record.ts'
import { usdOfNanos } from '../../platform/money.ts'
import { inputTokens, outputTokens, type TokenBuckets } from '../../providers/usage/buckets.ts'
import type { GatewayCaller } from '../admission/authenticate.ts'
import type { Endpoint } from '../admission/endpoints.ts'
import type { Target } from '../admission/models.ts'
import type { Plan } from '../admission/plan.ts'
import { servedPrice } from '../admission/price.ts'
import { Refused } from '../errors.ts'
import { gatewayMetrics } from '../metrics.ts'
import type { GatewayState } from '../state.ts'

/** One attempt at a provider: what was admitted, under which limits. Times of the monotonic clock in ms. */
export type Attempt = {
  id: string
  requestId: string
  endpoint: Endpoint
  /** Of the caller. */
  tenantId: string
  target: Target
  plan: Plan
  accounts: readonly Account[]
  isStream: boolean
  admittedAt: Date
  startedMs: number
  firstByteMs: number | null
}

/**
 * What is charged: as reported or estimated, at the reservation since nobody knows, or nothing since nothing was generated. `costNanos`: what
 * the provider itself says it charged. `model`: which one it says has served.
 */
export type Charge =
  | {
      kind: 'used'
      buckets: TokenBuckets
      webSearches: number
      raw: Record<string, unknown> | null
      costNanos: bigint | null
      model: string | null
      isEstimate: boolean
    }
  | { kind: 'reservation' }
  | { kind: 'nothing' }

export type Ending = {
  outcome: Outcome
  source: 'gateway' | 'provider' | 'client' | null
  code: string | null
  httpStatus: number | null
  charge: Charge
}

/** `durable` resolves when the settlement is on the disk; null where nobody has to wait for that. */
export type Settled = { costNanos: bigint; durable: Promise<void> | null }

/** A billion US dollars: whatever a provider claims beyond that, the accounts can hold. */
const costNanosMax = 10n ** 18n

/** Writes the hold of an attempt whose worst case is reserved. Throws, with the reservation given back, when the journal takes none. */
export function holdAttempt(state: GatewayState, caller: GatewayCaller, attempt: Attempt): void {
  const { target, plan, accounts } = attempt
  const { accessKey } = caller
  const hold = encodeHold({
    tenant_id: accessKey.tenantId,
    admitted_at: attempt.admittedAt.toISOString(),
    operation_id: attempt.requestId,
    attempt: 1,
    access_key_id: accessKey.id,
    user_id: caller.ownerId,
    agent_id: accessKey.agentId,
    provider_key_tenant_id: target.key.tenant_id,
    provider_key_id: target.key.id,
    provider: target.provider,
    model: target.model,
    endpoint: attempt.endpoint.name,
    stream: attempt.isStream,
    reserved_nanos: plan.worst.cost.toString(),
    price: storedPrice(plan.price, null),
    request_id: attempt.requestId,
    limits: accounts.map(({ limit, windowStart }) => ({
      tenant_id: limit.tenantId,
      limit_id: limit.id,
      window_start: windowStart,
      metric: limit.metric,
      reserved: plan.worst[limit.metric].toString(),
    })),
  })
  try {
    state.journal.hold(bytesOfId(attempt.id), hold, settleBytesMax)
  } catch (cause) {
    release(accounts, plan.worst)
    throw new Refused('not_admitting', 'The usage journal has no room; no call is admitted until it has.', { cause })
  }
}

/**
 * Settles an attempt, once: in the journal, then in the account of every limit it was admitted under. To be called before the end of
 * the answer goes to the client. More than was reserved is settled as it is.
 */
export function settleAttempt(state: GatewayState, attempt: Attempt, ending: Ending): Settled {
  const { plan, target, accounts } = attempt
  const charge = believed(attempt, ending.charge)
  const price = servedPrice(attempt, charge.kind === 'used' ? charge.model : null)
  const reported = charge.kind === 'used' ? (charge.costNanos ?? costOf(charge, price.price)) : charge.kind === 'nothing' ? 0n : null
  // A bucket that nobody foresaw has no price: then the worst case stands, as an estimate. Never nothing.
  const costNanos = reported === null ? plan.worst.cost : reported > costNanosMax ? costNanosMax : reported
  const buckets = charge.kind === 'used' ? charge.buckets : null
  const now = performance.now()
  const record: SettleRecord = {
    outcome: ending.outcome,
    error_source: ending.source,
    error_code: ending.code?.replace(/[^\x20-\x7e]/g, '?').slice(0, 100) ?? null,
    http_status: ending.httpStatus,
    ...(buckets ? countsOf(buckets) : noTokenCounts),
    cost_nanos: costNanos.toString(),
    estimated: reported === null || (charge.kind === 'used' && (charge.isEstimate || (charge.costNanos === null && price.isEstimate))),
    unresolved: charge.kind === 'reservation',
    duration_ms: Math.round(now - attempt.startedMs),
    first_byte_ms: attempt.firstByteMs === null ? null : Math.round(attempt.firstByteMs - attempt.startedMs),
    raw_usage: charge.kind === 'used' ? charge.raw : null,
  }
  if (charge.kind === 'used' && charge.costNanos !== null) record.price = providersOwn
  else if (charge.kind === 'used' && (price !== plan.price || price.price.tiers || charge.webSearches > 0))
    record.price = withSearches(storedPrice(price, charge.buckets), charge.webSearches)
  const tokens = buckets ? BigInt(inputTokens(buckets) + outputTokens(buckets)) : charge.kind === 'reservation' ? plan.worst.tokens : 0n
  const used = { cost: costNanos, tokens, requests: 1n, parallel: 0n }
  const position = write(state, attempt.id, encodeSettlement(record))
  settle(accounts, plan.worst, used)
  gatewayMetrics.settled(
    target.provider,
    ending.outcome,
    buckets ? inputTokens(buckets) : 0,
    buckets ? outputTokens(buckets) : 0,
    usdOfNanos(costNanos),
  )
  const waits = position !== null && state.platform.config.journalSync === 'always'
  return { costNanos, durable: waits ? state.journal.durable(position) : null }
}

/**
 * A server that somebody put behind a key of their own may claim whatever it likes, and the limits that it claims it from are others' too:
 * where one must hold, a claim above the reservation counts as reserved, until somebody corrects it. Elsewhere the provider is right.
 */
function believed(attempt: Attempt, charge: Charge): Charge {
  const { target, plan, accounts } = attempt
  if (charge.kind !== 'used' || target.key.kind !== 'user' || target.key.target?.baseUrl == null) return charge
  if (!accounts.some(({ limit }) => limit.isHard)) return charge
  const tokens = BigInt(inputTokens(charge.buckets) + outputTokens(charge.buckets))
  const cost = charge.costNanos ?? costOf(charge, servedPrice(attempt, charge.model).price)
  return tokens > plan.worst.tokens || (cost !== null && cost > plan.worst.cost) ? { kind: 'reservation' } : charge
}

/** Null where a bucket has no price. */
function costOf({ buckets, webSearches }: Extract<Charge, { kind: 'used' }>, price: Price): bigint | null {
  const byTokens = rate(buckets, price)
  return byTokens === null ? null : byTokens + searchFee(webSearches)
}

const writeAgainMs = 1_000

/** Null when the disk fails now: the hold keeps its room, and the settlement is tried until it is written or the process ends. */
function write(state: GatewayState, id: string, settlement: Buffer): number | null {
  try {
    const position = state.journal.settle(bytesOfId(id), settlement)
    state.drain.wake()
    return position
  } catch (err) {
    state.platform.log.error({ err, event: id }, 'a settlement could not be written to the journal')
    // Anything without a code is a mistake of ours, which does not go away.
    if (err instanceof Error && 'code' in err) setTimeout(() => write(state, id, settlement), writeAgainMs).unref()
    return null
  }
}

function countsOf(buckets: TokenBuckets): TokenCounts {
  return {
    tokens_input: buckets.input,
    tokens_cache_read: buckets.cacheRead,
    tokens_cache_write: buckets.cacheWrite,
    tokens_cache_write_long: buckets.cacheWriteLong,
    tokens_output: buckets.output,
    tokens_reasoning: buckets.reasoning,
    tokens_audio_input: buckets.audioInput,
    tokens_audio_output: buckets.audioOutput,
    tokens_image: buckets.image,
  }
}
