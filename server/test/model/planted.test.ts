import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { sql } from 'kysely'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openLeaseStore } from '../../src/features/quotas/leases/leases.store.ts'
import { newId } from '../../src/platform/ids.ts'
import { openModelDatabase, tenantId, type ModelDatabase } from './database.ts'
import { modelProperty, type Settings } from './property.ts'
import { installTimers } from './sim/timers.ts'

/** The property would be worth nothing if it passed by itself: each of these mistakes is made on purpose, and has to be found by it. */

let database: ModelDatabase
let restoreTimers: () => void
beforeEach(async () => {
  restoreTimers = installTimers()
  database = await openModelDatabase()
})
afterEach(async () => {
  restoreTimers()
  await database.close()
})

const anyViolation = /M[1-5]: |at the end .* has posted/

/** What the property says of the mistake. */
async function caught(settings: Settings = {}): Promise<string> {
  const found = await fc.check(modelProperty(database, settings), {
    numRuns: 300,
    endOnFailure: true,
    seed: Number(process.env.MODEL_SEED ?? 3),
  })
  process.stdout.write(`caught after ${found.numRuns} sequences\n`)
  return found.failed ? String(found.errorInstance) : 'not caught'
}

describe('a mistake is caught:', () => {
  test('an expired lease is used', { timeout: 0 }, async () => {
    expect(await caught({ plant: 'an expired lease is used' })).toMatch(/M1: p\d admits, and its epoch is/)
  })

  test('a call is settled twice', { timeout: 0 }, async () => {
    expect(await caught({ plant: 'settled twice' })).toMatch(anyViolation)
  })

  test('a scope is forgotten', { timeout: 0 }, async () => {
    expect(await caught({ plant: 'a scope is forgotten' })).toMatch(anyViolation)
  })

  test('a settlement that comes late, from an epoch that was taken over, is dropped', { timeout: 0 }, async () => {
    const begin = 'select min(journal_position)'
    const drop = 'if exists (select from epochs where id = p_epoch and blocked_at is not null) then delete from staged_events; end if;'
    await database.mutate('drain_staged', begin, `${drop} ${begin}`)
    expect(await caught()).toMatch(anyViolation)
  })

  test('a replay is counted', { timeout: 0 }, async () => {
    // Both lines of defence: the position in the journal, and the keys.
    await database.mutate('drain_staged', 'if v_first <= v_passed then', 'if false then')
    await database.sql.query('alter table usage_events drop constraint usage_events_pkey cascade')
    await database.sql.query('alter table ledger_entries drop constraint ledger_entries_pkey')
    expect(await caught()).toMatch(anyViolation)
  })
})

describe('where a grant meets a drain in the counters of two limits', () => {
  test('there is no deadlock, since everybody locks in the order of the keys', async () => {
    expect(await meet()).toEqual({ grant: 'done', drain: 'done' })
  })

  test('there is one when the drain goes the other way', async () => {
    const order = 'order by c.tenant_id, c.limit_id, c.window_start'
    const other = `order by case when current_setting('application_name') = 'a drain' then c.limit_id end desc, c.limit_id`
    await database.mutate('lock_counters', order, other)
    expect(Object.values(await meet()).toSorted()).toEqual(['40P01', 'done'])
  })

  /** Both want both counters, and somebody else has the first one until both wait: PostgreSQL lets the grant have it before the drain. */
  async function meet(): Promise<{ grant: string; drain: string }> {
    const keys = [1, 2].map((place) => ({
      tenant_id: tenantId,
      limit_id: `0c000000-0000-7000-8000-00000000000${place}`,
      window_start: '1970-01-01T00:00:00.000Z',
    }))
    for (const { limit_id } of keys)
      await database.sql.query(
        `insert into limits (tenant_id, id, subject_type, subject_id, metric, "window", amount, created_at) values ($1, $2, 'tenant', $1, 'cost', 'total', 10, now())`,
        [tenantId, limit_id],
      )
    const store = openLeaseStore(database.url)
    const drain = new pg.Client({ connectionString: database.url, application_name: 'a drain' })
    await drain.connect()
    const epoch = newId()
    await store.ensureCounters(keys)
    await store.renew(epoch, 60_000, 0)
    await database.sql.query('begin')
    await database.sql.query('select lock_counters($1)', [JSON.stringify(keys.slice(0, 1))])
    const granting = codeOf(store.take(epoch, 1, [keys.map((key) => ({ ...key, need: '1', ask: '0' }))]))
    await waiting(1)
    const draining = codeOf(drain.query('select lock_counters($1)', [JSON.stringify(keys)]))
    await waiting(2)
    await database.sql.query('commit')
    const codes = { grant: await granting, drain: await draining }
    await store.close()
    await drain.end()
    return codes
  }

  async function waiting(count: number): Promise<void> {
    for (;;) {
      const { rows } = await sql<{ count: bigint }>`select count(*) as count from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(database.db)
      if (rows[0]!.count === BigInt(count)) return
      await sleep(5)
    }
  }

  const codeOf = (happening: Promise<unknown>) =>
    happening.then(
      () => 'done',
      (error: unknown) => (error as { code?: string }).code ?? String(error),
    )
})
