import pg from 'pg'
import { openLeaseStore, type LeaseStore } from '../../src/features/quotas/leases/leases.store.ts'
import { openEventSink, type EventSink } from '../../src/features/usage/events.drain.ts'
import { openDb, type Db } from '../../src/platform/db.ts'
import { newDatabase } from '../harness.ts'

export const tenantId = '0a000000-0000-7000-8000-000000000000'
/** When the clock of the database begins. */
export const originMs = Date.parse('2026-06-01T12:00:30.000Z')

/** What the database says, by plain SQL over a session of its own. Counters are named `<limit> <start in ms>`. */
export type Look = {
  counters: Map<string, { posted: bigint; leased: bigint; entries: bigint; leases: bigint }>
  /** By `<epoch> <counter>`; `abandoned`: what is still charged for want of proof. */
  leases: Map<string, bigint>
  abandoned: Map<string, bigint>
  epochs: Map<string, { expiresAtMs: number; isBlocked: boolean }>
  limits: Map<string, { amount: bigint; isInForce: boolean }>
  /** Ids of usage events, each as often as it is there, and their operations. */
  events: { id: string; operation: string; cost: bigint }[]
  /** Sums of the figures by hour, and of all corrections. */
  rollups: { requests: bigint; cost: bigint }
  corrected: bigint
}

export type ModelDatabase = {
  url: string
  db: Db
  sql: pg.Client
  /** The sessions of processes, by their names. They stay open from one life to the next. */
  store(name: string): LeaseStore
  sink(name: string): EventSink
  pool(name: string): pg.Pool
  /** Moves the clock of the database, in milliseconds after its origin. */
  setClock(ms: number): Promise<void>
  look(): Promise<Look>
  /** Everything but the tenant is gone. */
  clear(): Promise<void>
  /** Violations of M1 that the database itself has seen, in the very transaction of a grant. */
  overgrants(): Promise<string[]>
  /** Puts another text in place of a piece of a function. Throws when the piece is not there exactly once. */
  mutate(name: string, piece: string, other: string): Promise<void>
  /** Every message between processes, once heard; and how many were. */
  listen(hear: (message: string) => void): void
  close(): Promise<void>
}

/**
 * The product reads the time of `clock_timestamp()`: here that is the model's, which stands before PostgreSQL's own on the search path. A
 * trigger looks at every grant under the lock of its counter, also where many are under way at once.
 */
const ours = `
  create schema model;
  create table model.clock (at timestamptz not null);
  insert into model.clock values (to_timestamp(${originMs / 1000}));
  create function model.clock_timestamp() returns timestamptz language sql stable as 'select at from model.clock';
  create table model.overgrants (what text not null);
  create function model.watch_grant() returns trigger language plpgsql as $$
  begin
    if not exists (select from public.limits l where l.tenant_id = new.tenant_id and l.id = new.limit_id and l.status = 'active' and l.hard
        and new.posted + new.leased <= l.amount) then
      insert into model.overgrants values (format('M1: a grant brought %s to posted %s, leased %s', new.limit_id, new.posted, new.leased));
    end if;
    return new;
  end $$;
  create trigger watch_grant after update on limit_counters for each row when (new.leased > old.leased) execute function model.watch_grant();
  insert into tenants (id, name, plan, created_at) values ('${tenantId}', 'Ours', 'pro', now());`

const lookText = `select json_build_object(
  'counters', (select json_agg(json_build_array(c.limit_id, (extract(epoch from c.window_start) * 1000)::bigint::text, c.posted::text, c.leased::text,
    (select coalesce(sum(e.amount), 0)::text from ledger_entries e where e.tenant_id = c.tenant_id and e.limit_id = c.limit_id and e.window_start = c.window_start),
    (select coalesce(sum(s.granted), 0)::text from leases s where s.tenant_id = c.tenant_id and s.limit_id = c.limit_id and s.window_start = c.window_start)))
    from limit_counters c),
  'leases', (select json_agg(json_build_array(epoch, limit_id, (extract(epoch from window_start) * 1000)::bigint::text, granted::text)) from leases),
  'abandoned', (select json_agg(json_build_array(event_id, limit_id, (extract(epoch from window_start) * 1000)::bigint::text, amount::text))
    from (select event_id, limit_id, window_start, sum(amount) as amount from ledger_entries
      where event_id in (select event_id from ledger_entries where kind = 'abandoned') group by 1, 2, 3) unproved),
  'epochs', (select json_agg(json_build_array(id, (extract(epoch from expires_at) * 1000)::bigint::text, blocked_at is not null)) from epochs),
  'limits', (select json_agg(json_build_array(id, coalesce(amount, 0)::text, status = 'active' and hard and amount is not null)) from limits),
  'events', (select json_agg(json_build_array(id, operation_id, coalesce(cost_nanos, 0)::text)) from usage_events),
  'rollups', (select json_build_array(coalesce(sum(requests), 0)::text, coalesce(sum(cost_nanos), 0)::text) from usage_rollups),
  'corrected', (select coalesce(sum(amount_nanos), 0)::text from usage_corrections)) as said`

type Said = {
  counters: [limit: string, window: string, posted: string, leased: string, entries: string, leases: string][] | null
  leases: [epoch: string, limit: string, window: string, granted: string][] | null
  abandoned: [epoch: string, limit: string, window: string, amount: string][] | null
  epochs: [id: string, expiresAtMs: string, isBlocked: boolean][] | null
  limits: [id: string, amount: string, isInForce: boolean][] | null
  events: [id: string, operation: string, cost: string][] | null
  rollups: [requests: string, cost: string]
  corrected: string
}

const tables = ['usage_corrections', 'ledger_entries', 'leases', 'epochs', 'journal_positions', 'usage_rollups', 'usage_events']
tables.push('limit_counters', 'limits', 'model.overgrants')
const deletion = tables.map((table) => `delete from ${table}`).join(';')

export async function openModelDatabase(): Promise<ModelDatabase> {
  const url = await newDatabase()
  await prepare(url)
  const sql = new pg.Client({ connectionString: url })
  const listener = new pg.Client({ connectionString: url })
  await Promise.all([sql.connect(), listener.connect()])
  await listener.query('listen slack')
  const { db, close } = openDb(url, 2)
  let cleared = 0
  const stores = new Map<string, LeaseStore>()
  const sinks = new Map<string, EventSink>()
  const pools = new Map<string, pg.Pool>()
  return {
    url,
    db,
    sql,
    store: (name) => ofName(stores, name, () => openLeaseStore(url)),
    sink: (name) => ofName(sinks, name, () => openEventSink(url)),
    pool: (name) => ofName(pools, name, () => new pg.Pool({ connectionString: url, max: 4, idleTimeoutMillis: 0 }).on('error', () => {})),
    setClock: async (ms) => void (await sql.query('update model.clock set at = to_timestamp($1::float8 / 1000)', [originMs + ms])),
    look: async () => read((await sql.query<{ said: Said }>({ name: 'look', text: lookText })).rows[0]!.said),
    // Deleting is faster, and leaves more and more behind.
    clear: async () => void (await sql.query(++cleared % 25 === 0 ? `truncate ${tables.join(', ')}` : deletion)),
    overgrants: async () => (await sql.query<{ what: string }>('select what from model.overgrants')).rows.map(({ what }) => what),
    mutate: (name, piece, other) => mutate(sql, name, piece, other),
    listen: (hear) => void listener.removeAllListeners('notification').on('notification', ({ payload }) => hear(payload ?? '')),
    async close() {
      await Promise.all([...stores.values(), ...sinks.values()].map((session) => session.close()))
      await Promise.all([...pools.values()].map((pool) => pool.end()))
      await Promise.all([close(), sql.end(), listener.end()])
    },
  }
}

function ofName<T>(known: Map<string, T>, name: string, make: () => T): T {
  const one = known.get(name) ?? make()
  known.set(name, one)
  return one
}

async function prepare(url: string): Promise<void> {
  const sql = new pg.Client({ connectionString: url })
  await sql.connect()
  await sql.query(ours)
  const name = new URL(url).pathname.slice(1)
  await sql.query(`alter database ${name} set search_path = model, public, pg_catalog`)
  // Nothing here is about PostgreSQL's own crashes; and a deadlock is to be told at once.
  await sql.query(`alter database ${name} set synchronous_commit = off`)
  await sql.query(`alter database ${name} set deadlock_timeout = '20ms'`)
  await sql.end()
}

async function mutate(sql: pg.Client, name: string, piece: string, other: string): Promise<void> {
  const { rows } = await sql.query<{ text: string }>('select pg_get_functiondef(oid) as text from pg_proc where proname = $1', [name])
  const text = rows[0]?.text ?? ''
  if (text.split(piece).length !== 2) throw new Error(`${name} does not say once: ${piece}`)
  await sql.query(text.replace(piece, () => other))
}

function read(said: Said): Look {
  return {
    counters: new Map(
      said.counters?.map(([limit, window, posted, leased, entries, leases]) => [
        `${limit} ${window}`,
        { posted: BigInt(posted), leased: BigInt(leased), entries: BigInt(entries), leases: BigInt(leases) },
      ]),
    ),
    leases: new Map(said.leases?.map(([epoch, limit, window, granted]) => [`${epoch} ${limit} ${window}`, BigInt(granted)])),
    abandoned: new Map(said.abandoned?.map(([epoch, limit, window, amount]) => [`${epoch} ${limit} ${window}`, BigInt(amount)])),
    epochs: new Map(said.epochs?.map(([id, expiresAtMs, isBlocked]) => [id, { expiresAtMs: Number(expiresAtMs), isBlocked }])),
    limits: new Map(said.limits?.map(([id, amount, isInForce]) => [id, { amount: BigInt(amount), isInForce }])),
    rollups: { requests: BigInt(said.rollups[0]), cost: BigInt(said.rollups[1]) },
    corrected: BigInt(said.corrected),
    events: (said.events ?? []).map(([id, operation, cost]) => ({ id, operation, cost: BigInt(cost) })),
  }
}
