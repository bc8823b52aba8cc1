import pg from 'pg'
import { newDatabase } from '../../../test/harness.ts'
import { openDb, type Db } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import { openEventSink, type Drained, type EventSink } from './events.drain.ts'
import { ensurePartitions } from './events.partitions.ts'
import { noTokens, type HeldLimit, type SettledEvent } from './events.record.ts'

/** A database with one tenant in it, and events of it. Its month is November 2026. */
export type Drains = {
  url: string
  db: Db
  client: pg.Client
  tenantId: string
  /** Of the tenant's one provider key, over its whole life; it counts the cost of every event unless it says otherwise. */
  limitId: string
  /** A further limit of the tenant, as what an event is held in. */
  limit(metric: HeldLimit['metric'], windowStart?: string, amount?: number): Promise<HeldLimit>
  event(change?: Partial<SettledEvent>): SettledEvent
  /** A sink that is closed in the end. */
  sink(url?: string): EventSink
  /** A session that is ended in the end. */
  session(): Promise<pg.Client>
  /** Drains events by a sink of its own, as those at positions 1, 2, 3 … of a journal. */
  drain(epoch: string, events: readonly SettledEvent[], from?: number): Promise<Drained>
  /** One figure, as plain SQL finds it. */
  one(text: string, values?: unknown[]): Promise<unknown>
  close(): Promise<void>
}

/** Events as those at positions `from` and after of a journal. */
export function journaled(events: readonly SettledEvent[], from = 1) {
  return events.map((event, index) => ({ event, position: from + index }))
}

export async function openDrains(): Promise<Drains> {
  const url = await newDatabase()
  const opened = openDb(url)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const [tenantId, limitId, providerKeyId] = [newId(), newId(), newId()]
  await client.query(`insert into tenants (id, name, plan, created_at) values ($1, 'Ours', 'pro', now())`, [tenantId])
  await client.query(
    `insert into limits (tenant_id, id, subject_type, subject_id, metric, "window", amount, origin, created_at)
     values ($1, $2, 'provider_key', $3, 'cost', 'total', null, 'usage_limit', now())`,
    [tenantId, limitId, providerKeyId],
  )
  await ensurePartitions(opened.db, new Date('2026-11-22T10:00:00Z'))
  const sinks: EventSink[] = []
  const sessions: pg.Client[] = []
  const drains: Drains = {
    url,
    db: opened.db,
    client,
    tenantId,
    limitId,
    async limit(metric, windowStart = '1970-01-01T00:00:00.000Z', amount) {
      const id = newId()
      await client.query(
        `insert into limits (tenant_id, id, subject_type, subject_id, metric, "window", amount, created_at) values ($1, $2, 'tenant', $1, $3, 'total', $4, now())`,
        [tenantId, id, metric, amount ?? null],
      )
      return { tenant_id: tenantId, limit_id: id, window_start: windowStart, metric, reserved: '9000' }
    },
    event: (change = {}) => ({ ...eventOf(tenantId, providerKeyId, limitId), ...change }),
    sink(to = url) {
      const sink = openEventSink(to)
      sinks.push(sink)
      return sink
    },
    async session() {
      const session = new pg.Client({ connectionString: url })
      await session.connect()
      sessions.push(session)
      return session
    },
    drain: (epoch, events, from) => drains.sink().drain(epoch, journaled(events, from)),
    async one(text, values) {
      const { rows } = await client.query<Record<string, unknown>>(text, values)
      return Object.values(rows[0] ?? {})[0]
    },
    async close() {
      for (const sink of sinks) await sink.close()
      for (const session of [client, ...sessions]) await session.end()
      await opened.close()
    },
  }
  return drains
}

function eventOf(tenantId: string, providerKeyId: string, limitId: string): SettledEvent {
  return {
    ...noTokens,
    tenant_id: tenantId,
    admitted_at: '2026-11-22T10:30:00.000Z',
    id: newId(),
    operation_id: newId(),
    attempt: 1,
    access_key_id: '01890000-0000-7000-8000-000000000001',
    user_id: null,
    agent_id: null,
    provider_key_tenant_id: tenantId,
    provider_key_id: providerKeyId,
    provider: 'openai',
    model: 'gpt-4o-mini',
    endpoint: 'chat.completions',
    stream: false,
    reserved_nanos: '9000',
    price: { source: 'test', per_million_nanos: { input: '150000000' } },
    request_id: newId(),
    limits: [{ tenant_id: tenantId, limit_id: limitId, window_start: '1970-01-01T00:00:00.000Z', metric: 'cost', reserved: '9000' }],
    outcome: 'ok',
    error_source: null,
    error_code: null,
    http_status: 200,
    tokens_input: 10,
    tokens_output: 5,
    cost_nanos: '4500',
    estimated: false,
    unresolved: false,
    duration_ms: 12,
    first_byte_ms: 10,
    raw_usage: { prompt_tokens: 10 },
  }
}
