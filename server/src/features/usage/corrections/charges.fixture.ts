import pg from 'pg'
import { startTestApi, type TestApi } from '../../../../test/harness.ts'
import { openDb, type Db } from '../../../platform/db.ts'
import { newId } from '../../../platform/ids.ts'
import { openEventSink } from '../events.drain.ts'
import { noTokens, type HeldLimit, type SettledEvent } from '../events.record.ts'

/** A server, and events brought into its database as the gateway's drain does. */
export type Charges = {
  api: TestApi
  db: Db
  /** A limit of a tenant that only counts, as what an event is held in. */
  limit(tenantId: string, metric: HeldLimit['metric']): Promise<HeldLimit>
  /** An event of the administrator's tenant, billed to its own key. */
  event(change?: Partial<SettledEvent>): SettledEvent
  drain(events: SettledEvent[]): Promise<void>
  /** Drains one event, and answers its id. */
  settle(change?: Partial<SettledEvent>): Promise<string>
  /** One figure, as plain SQL finds it, as text. */
  one(text: string, values?: unknown[]): Promise<string | null>
  /** What contradicts invariant M5: counters that are not the sum of their entries, roll-ups that are not that of events and corrections. */
  contradictions(): Promise<unknown[]>
  close(): Promise<void>
}

const counters = `
  select c.limit_id, c.posted, e.amount from limit_counters c
  full join (select limit_id, window_start, sum(amount) as amount from ledger_entries group by 1, 2) e using (limit_id, window_start)
  where c.posted is distinct from coalesce(e.amount, 0)`
const rollups = `
  select * from (
    select tenant_id, date_trunc('hour', admitted_at, 'UTC') as hour, access_key_id, provider_key_id, provider, model, count(*) as requests,
      sum(coalesce(cost_nanos, 0) + coalesce(c.amount, 0)) as cost_nanos,
      count(*) filter (where cost_nanos is null and c.amount is null) as unknown_cost_requests
    from usage_events e left join (select event_id, sum(amount_nanos) as amount from usage_corrections group by 1) c on c.event_id = e.id
    group by 1, 2, 3, 4, 5, 6
  ) events full join usage_rollups r using (tenant_id, hour, access_key_id, provider_key_id, provider, model)
  where (events.requests, events.cost_nanos, events.unknown_cost_requests) is distinct from (r.requests, r.cost_nanos::numeric, r.unknown_cost_requests)`

export async function openCharges(): Promise<Charges> {
  const api = await startTestApi()
  const opened = openDb(api.databaseUrl)
  const sql = new pg.Pool({ connectionString: api.databaseUrl, max: 1 })
  const accessKeyId = newId()
  const event = (change: Partial<SettledEvent> = {}) => eventOf(api, { access_key_id: accessKeyId, ...change })
  const drain = (events: SettledEvent[]) => drainOnce(api.databaseUrl, events)
  return {
    api,
    db: opened.db,
    limit: (tenantId, metric) => insertLimit(sql, tenantId, metric),
    event,
    drain,
    async settle(change) {
      const settled = event(change)
      await drain([settled])
      return settled.id
    },
    async one(text, values) {
      const { rows } = await sql.query<Record<string, string | number | bigint | boolean | null>>(text, values)
      const [value = null] = Object.values(rows[0] ?? {})
      return value === null ? null : String(value)
    },
    contradictions: async () => [...(await sql.query(counters)).rows, ...(await sql.query(rollups)).rows] as unknown[],
    async close() {
      await sql.end()
      await opened.close()
      await api.close()
    },
  }
}

/** As one journal of its own: several at once are several processes. */
async function drainOnce(databaseUrl: string, events: SettledEvent[]): Promise<void> {
  const sink = openEventSink(databaseUrl)
  try {
    await sink.drain(
      newId(),
      events.map((event, index) => ({ event, position: index + 1 })),
    )
  } finally {
    await sink.close()
  }
}

async function insertLimit(sql: pg.Pool, tenant_id: string, metric: HeldLimit['metric']): Promise<HeldLimit> {
  const limit_id = newId()
  await sql.query(
    `insert into limits (tenant_id, id, subject_type, subject_id, metric, "window", amount, created_at) values ($1, $2, 'tenant', $1, $3, 'month', null, now())`,
    [tenant_id, limit_id, metric],
  )
  return { tenant_id, limit_id, window_start: '2026-11-01T00:00:00.000Z', metric, reserved: '9000' }
}

function eventOf(api: TestApi, change: Partial<SettledEvent>): SettledEvent {
  return {
    ...noTokens,
    tenant_id: api.admin.tenantId,
    admitted_at: '2026-11-22T10:30:00.000Z',
    id: newId(),
    operation_id: newId(),
    attempt: 1,
    access_key_id: newId(),
    user_id: api.member.userId,
    agent_id: null,
    provider_key_tenant_id: api.admin.tenantId,
    provider_key_id: '01890000-0000-7000-8000-000000000001',
    provider: 'openai',
    model: 'test-model',
    endpoint: 'chat.completions',
    stream: false,
    reserved_nanos: '9000',
    price: { source: 'test', per_million_nanos: { input: '150000000', output: '600000000' } },
    request_id: newId(),
    limits: [],
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
    raw_usage: { prompt_tokens: 10, completion_tokens: 5 },
    ...change,
  }
}
