import type { ProviderName } from '../../providers/provider.ts'
import type { StoredPrice } from '../models/in-force/stored-price.ts'

/** How an attempt ended. Everything but `ok` counts as an error. */
export type Outcome = 'ok' | 'error' | 'client_gone' | 'upstream_lost' | 'unresolved'

/** A limit that an attempt was admitted under, with the window of its admission instant and what was reserved in it. */
export type HeldLimit = {
  tenant_id: string
  limit_id: string
  window_start: string
  metric: 'cost' | 'tokens' | 'requests' | 'parallel'
  reserved: string
}

/** What is known when an attempt is admitted, by the columns of `usage_events`. Nano-dollars as decimal text, times in ISO-8601 UTC. */
export type HoldRecord = {
  tenant_id: string
  admitted_at: string
  operation_id: string
  attempt: number
  access_key_id: string
  user_id: string | null
  agent_id: string | null
  provider_key_tenant_id: string
  provider_key_id: string
  provider: ProviderName
  model: string
  endpoint: string
  stream: boolean
  reserved_nanos: string
  price: StoredPrice | null
  request_id: string
  limits: HeldLimit[]
}

export type TokenCounts = {
  tokens_input: number
  tokens_cache_read: number
  tokens_cache_write: number
  tokens_cache_write_long: number
  tokens_output: number
  tokens_reasoning: number
  tokens_audio_input: number
  tokens_audio_output: number
  tokens_image: number
}

export const tokenColumns = [
  'tokens_input',
  'tokens_cache_read',
  'tokens_cache_write',
  'tokens_cache_write_long',
  'tokens_output',
  'tokens_reasoning',
  'tokens_audio_input',
  'tokens_audio_output',
  'tokens_image',
] as const satisfies (keyof TokenCounts)[]

/** What came of it. `price` only where it is another than was foreseen: a tier that was reached, the model that served, a provider's own charge. */
export type SettleRecord = TokenCounts & {
  price?: HoldRecord['price']
  outcome: Outcome
  error_source: 'gateway' | 'provider' | 'client' | null
  error_code: string | null
  http_status: number | null
  cost_nanos: string | null
  estimated: boolean
  unresolved: boolean
  duration_ms: number
  first_byte_ms: number | null
  raw_usage: Record<string, unknown> | null
}

/** One attempt as it goes into the database. */
export type SettledEvent = HoldRecord & SettleRecord & { id: string }

export const noTokens: Readonly<TokenCounts> = {
  tokens_input: 0,
  tokens_cache_read: 0,
  tokens_cache_write: 0,
  tokens_cache_write_long: 0,
  tokens_output: 0,
  tokens_reasoning: 0,
  tokens_audio_input: 0,
  tokens_audio_output: 0,
  tokens_image: 0,
}

/** Room that a hold reserves in the journal for its settlement; a settlement without `raw_usage` always fits. */
export const settleBytesMax = 1536

export function encodeHold(hold: HoldRecord): Buffer {
  return Buffer.from(JSON.stringify(hold))
}

/** A settlement of at most `settleBytesMax` bytes: the provider's own usage object is kept where there is room for it. */
export function encodeSettlement(settlement: SettleRecord): Buffer {
  const whole = Buffer.from(JSON.stringify(settlement))
  return whole.length <= settleBytesMax ? whole : Buffer.from(JSON.stringify({ ...settlement, raw_usage: null }))
}

/** The event of a settled hold. `id` is the 16 bytes of its UUID. Throws on bytes that are none of ours. */
export function decodeSettled(id: Buffer, hold: Buffer, settlement: Buffer): SettledEvent {
  return { ...decodeHold(hold), ...(JSON.parse(settlement.toString()) as SettleRecord), id: textOfId(id) }
}

export function decodeHold(hold: Buffer): HoldRecord {
  return JSON.parse(hold.toString()) as HoldRecord
}

/**
 * The event of a hold whose settlement was never written: the process died, so nobody knows what the provider billed.
 * It is charged at its reservation, flagged, and can be corrected later.
 */
export function unresolvedEvent(id: Buffer, hold: Buffer): SettledEvent {
  const held = decodeHold(hold)
  return {
    ...held,
    ...noTokens,
    id: textOfId(id),
    outcome: 'unresolved',
    error_source: 'gateway',
    error_code: 'process_died',
    http_status: null,
    cost_nanos: held.reserved_nanos,
    estimated: true,
    unresolved: true,
    duration_ms: 0,
    first_byte_ms: null,
    raw_usage: null,
  }
}

/** 16 bytes of a UUID, for the journal. */
export function bytesOfId(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex')
}

export function textOfId(id: Buffer): string {
  const hex = id.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
