import { decodeHold, type HoldRecord, type SettleRecord } from '../../features/usage/events.record.ts'
import type { Inspected } from '../../platform/journal/inspect.ts'
import { usdOfNanos } from '../../platform/money.ts'

type Found = Extract<Inspected, { what: 'record' }>

/** The fields of a hold that a person may see: all but the prices. No record holds a secret, or a word of a prompt or answer. */
const holdFields = [
  'admitted_at',
  'tenant_id',
  'access_key_id',
  'user_id',
  'agent_id',
  'provider_key_id',
  'provider',
  'model',
  'endpoint',
  'stream',
  'reserved_nanos',
  'request_id',
] as const satisfies (keyof HoldRecord)[]

const settlementFields = [
  'outcome',
  'error_source',
  'error_code',
  'http_status',
  'cost_nanos',
  'tokens_input',
  'tokens_cache_read',
  'tokens_cache_write',
  'tokens_cache_write_long',
  'tokens_output',
  'tokens_reasoning',
  'tokens_audio_input',
  'tokens_audio_output',
  'tokens_image',
  'estimated',
  'unresolved',
  'duration_ms',
  'first_byte_ms',
] as const satisfies (keyof SettleRecord)[]

/** A record in one line for a person. */
export function describeRecord(found: Found): string {
  const { kind, id, position } = found
  if (kind === 'note') return `${position}  note    ${id}`
  const text = kind === 'hold' ? describeHold(found) : describeSettlement(found)
  return `${position}  ${kind.padEnd(6)}  ${id}  ${text}`
}

function describeHold({ payload, link }: Found): string {
  const hold = decoded(() => decodeHold(payload))
  if (hold === null) return 'cannot be decoded'
  const who = [`access key ${hold.access_key_id}`, hold.agent_id && `agent ${hold.agent_id}`, hold.user_id && `user ${hold.user_id}`]
  const model = `${hold.provider}/${hold.model} ${hold.endpoint}${hold.stream ? ' stream' : ''}`
  const copied = link === 0 ? '' : ` (copied from ${link})`
  return `${hold.admitted_at}  ${model}  ${who.filter(Boolean).join(', ')}, tenant ${hold.tenant_id}  reserved ${usd(hold.reserved_nanos)}${copied}`
}

function describeSettlement({ payload }: Found): string {
  const settlement = decoded(() => JSON.parse(payload.toString()) as SettleRecord)
  if (settlement === null) return 'cannot be decoded'
  const { outcome, error_code: code, cost_nanos: cost } = settlement
  const input = settlement.tokens_input + settlement.tokens_cache_read + settlement.tokens_cache_write + settlement.tokens_cache_write_long
  const flags = [settlement.estimated && 'estimated', settlement.unresolved && 'unresolved'].filter(Boolean).join(', ')
  const error = code === null ? '' : ` (${code})`
  const price = cost === null ? 'cost unknown' : usd(cost)
  return `${outcome}${error}  ${price}  ${input} tokens in, ${settlement.tokens_output} out  ${settlement.duration_ms} ms${flags && `  ${flags}`}`
}

/** The same for a program. Payloads that cannot be decoded are left out. */
export function recordFacts({ kind, id, offset, bytes, position, link, payload }: Found): Record<string, unknown> {
  const facts = { what: kind, id, offset, bytes, position, link }
  if (kind === 'note') return facts
  const names: readonly string[] = kind === 'hold' ? holdFields : settlementFields
  const fields = decoded(() => JSON.parse(payload.toString()) as Record<string, unknown>)
  return { ...facts, ...(fields && Object.fromEntries(names.map((name) => [name, fields[name]]))) }
}

function decoded<T>(decode: () => T): T | null {
  try {
    return decode()
  } catch {
    return null
  }
}

/** Up to nine decimals, never in powers of ten. */
function usd(nanos: string): string {
  return `$${usdOfNanos(BigInt(nanos))
    .toFixed(9)
    .replace(/\.?0+$/, '')}`
}
