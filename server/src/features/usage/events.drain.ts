import { sql } from 'kysely'
import { sqlState, unattended, type Db, type Tx } from '../../platform/db.ts'
import { markAccessKeysUsed } from '../access-keys/access-keys.changes.ts'
import { markProviderKeysUsed } from '../provider-keys/provider-keys.changes.ts'
import {
  bigintMax,
  distinctKeys,
  ensureCounters,
  lockCounters,
  postEntries,
  readLeases,
  type CounterKey,
  type LedgerEntry,
} from '../quotas/ledger.ts'
import type { Amounts, LeaseWord } from '../quotas/leases/accounts.ts'
import type { SettledEvent, TokenCounts } from './events.record.ts'
import { addToRollups, tokenColumns } from './events.rollup.ts'

/** Where in the journal of which process life the events of a drain end. */
export type JournalMark = { epoch: string; position: number }

const columns: Record<Exclude<keyof SettledEvent, 'limits'>, string> = {
  tenant_id: 'uuid',
  admitted_at: 'timestamptz',
  id: 'uuid',
  operation_id: 'uuid',
  attempt: 'smallint',
  access_key_id: 'uuid',
  user_id: 'uuid',
  agent_id: 'uuid',
  provider_key_tenant_id: 'uuid',
  provider_key_id: 'uuid',
  provider: 'text',
  model: 'text',
  endpoint: 'text',
  stream: 'boolean',
  outcome: 'text',
  error_source: 'text',
  error_code: 'text',
  http_status: 'smallint',
  tokens_input: 'bigint',
  tokens_cache_read: 'bigint',
  tokens_cache_write: 'bigint',
  tokens_cache_write_long: 'bigint',
  tokens_output: 'bigint',
  tokens_reasoning: 'bigint',
  tokens_audio_input: 'bigint',
  tokens_audio_output: 'bigint',
  tokens_image: 'bigint',
  cost_nanos: 'bigint',
  reserved_nanos: 'bigint',
  price: 'jsonb',
  estimated: 'boolean',
  unresolved: 'boolean',
  duration_ms: 'integer',
  first_byte_ms: 'integer',
  request_id: 'text',
  raw_usage: 'jsonb',
}
const columnNames = Object.keys(columns)

/**
 * Brings events into the database exactly once, in one transaction with their ledger entries, counters, roll-ups, last-used times
 * and the position in the journal they come from. Events that are already there (the answer to an earlier commit was lost) change
 * nothing. Counters are locked first, then roll-ups, both in key order.
 */
export async function drainEvents(db: Db, mark: JournalMark, events: readonly SettledEvent[]): Promise<LeaseWord[]> {
  const counters = distinctKeys(events.flatMap((event) => event.limits))
  await ensureCounters(db, counters)
  try {
    return await unattended(db, (tx) => drainIn(tx, mark, counters, events))
  } catch (error) {
    if (!isDataError(error)) throw error
    // One event that PostgreSQL cannot store must not hold up the ones behind it: what is not needed for the account is made plain.
    return await unattended(db, (tx) => drainIn(tx, mark, counters, events.map(plain)))
  }
}

async function drainIn(tx: Tx, mark: JournalMark, counters: CounterKey[], events: readonly SettledEvent[]): Promise<LeaseWord[]> {
  await lockCounters(tx, counters)
  const inserted = await insertEvents(tx, events)
  const fresh = inserted.size === events.length ? events : events.filter((event) => inserted.has(event.id))
  await postEntries(tx, mark.epoch, fresh.flatMap(entriesOf))
  await addToRollups(tx, fresh)
  await markProviderKeysUsed(
    tx,
    lastOf(fresh, (event) => [event.provider_key_tenant_id, event.provider_key_id]),
  )
  await markAccessKeysUsed(
    tx,
    lastOf(fresh, (event) => [event.tenant_id, event.access_key_id]),
  )
  await sql`insert into journal_positions (epoch, position) values (${mark.epoch}, ${mark.position})
    on conflict (epoch) do update set position = greatest(journal_positions.position, excluded.position)`.execute(tx)
  return await readLeases(tx, mark.epoch, counters)
}

/** Answers the ids of those that were not there yet. */
async function insertEvents(tx: Tx, events: readonly SettledEvent[]): Promise<Set<string>> {
  const names = sql.join(columnNames.map((name) => sql.ref(name)))
  const types = sql.raw(
    Object.entries(columns)
      .map(([name, type]) => `${name} ${type}`)
      .join(', '),
  )
  const { rows } = await sql<{ id: string }>`insert into usage_events (${names})
    select ${names} from json_to_recordset(${JSON.stringify(events)}::json) as e (${types})
    on conflict do nothing returning id`.execute(tx)
  return new Set(rows.map((row) => row.id))
}

/** A cost of nothing is entered too: should it be corrected, it counts where it was settled. */
function entriesOf(event: SettledEvent): LedgerEntry[] {
  const used = amountsOf(event)
  const counted = event.limits.filter(({ metric }) => metric === 'cost' || used[metric] !== 0n)
  return counted.map((held) => ({
    tenant_id: held.tenant_id,
    limit_id: held.limit_id,
    window_start: held.window_start,
    admitted_at: event.admitted_at,
    event_id: event.id,
    kind: 'settle',
    amount: used[held.metric].toString(),
  }))
}

/** What an event has used, by the metric of a limit. */
export function amountsOf(event: SettledEvent): Amounts {
  const {
    tokens_input,
    tokens_cache_read,
    tokens_cache_write,
    tokens_cache_write_long,
    tokens_output,
    tokens_reasoning,
    tokens_audio_input,
    tokens_audio_output,
    tokens_image,
  } = event
  const tokens =
    tokens_input +
    tokens_cache_read +
    tokens_cache_write +
    tokens_cache_write_long +
    tokens_output +
    tokens_reasoning +
    tokens_audio_input +
    tokens_audio_output +
    tokens_image
  return { cost: BigInt(event.cost_nanos ?? 0), tokens: BigInt(tokens), requests: 1n, parallel: 0n }
}

export type LastUse = { tenant_id: string; id: string; at: string }

function lastOf(events: readonly SettledEvent[], owner: (event: SettledEvent) => [tenantId: string, id: string]): LastUse[] {
  const last = new Map<string, LastUse>()
  for (const event of events) {
    const [tenant_id, id] = owner(event)
    const known = last.get(id)
    if (!known || known.at < event.admitted_at) last.set(id, { tenant_id, id, at: event.admitted_at })
  }
  return [...last.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Class 22 of SQLSTATE: a value that its column cannot hold. */
function isDataError(error: unknown): boolean {
  return sqlState(error)?.startsWith('22') ?? false
}

function plain(event: SettledEvent): SettledEvent {
  const figures = Object.fromEntries(tokenColumns.map((name) => [name, Math.min(event[name], Number.MAX_SAFE_INTEGER)])) as TokenCounts
  const ascii = (text: string | null): string | null => (text === null ? null : text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200))
  return {
    ...event,
    ...figures,
    cost_nanos: event.cost_nanos === null ? null : fitted(event.cost_nanos),
    reserved_nanos: fitted(event.reserved_nanos),
    model: ascii(event.model) ?? '',
    request_id: ascii(event.request_id) ?? '',
    error_code: ascii(event.error_code),
    raw_usage: null,
  }
}

/** An amount that its column can hold. */
function fitted(amount: string): string {
  return BigInt(amount) > bigintMax ? String(bigintMax) : amount
}
