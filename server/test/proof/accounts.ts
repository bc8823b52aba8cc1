import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { withSql } from './installation.ts'

const commandLine = join(import.meta.dirname, '..', '..', 'src', 'cli.ts')

type Sql = Parameters<Parameters<typeof withSql>[1]>[0]

const nil = '00000000-0000-0000-0000-000000000000'

/** Each query answers what breaks an invariant of the accounts: nothing, when they are right. */
const checks: Record<string, string> = {
  'a counter differs from the sum of its ledger entries': `
    select limit_id, window_start, c.posted::text, e.amount::text
    from limit_counters c
    full join (select tenant_id, limit_id, window_start, sum(amount) as amount from ledger_entries group by 1, 2, 3) e
      using (tenant_id, limit_id, window_start)
    where coalesce(c.posted, 0) <> coalesce(e.amount, 0)`,
  'the roll-ups differ from the events': `
    with of_events as (
      select tenant_id, date_trunc('hour', admitted_at, 'UTC') as hour, access_key_id, coalesce(user_id, '${nil}') as user_id,
        coalesce(agent_id, '${nil}') as agent_id, provider_key_id, provider, model,
        count(*) as requests, count(*) filter (where outcome <> 'ok') as errors,
        sum(tokens_input), sum(tokens_cache_read), sum(tokens_cache_write), sum(tokens_cache_write_long), sum(tokens_output),
        sum(tokens_reasoning), sum(tokens_audio_input), sum(tokens_audio_output), sum(tokens_image),
        sum(coalesce(cost_nanos, 0)), count(*) filter (where cost_nanos is null), count(*) filter (where estimated)
      from usage_events group by 1, 2, 3, 4, 5, 6, 7, 8
    ), of_rollups as (
      select tenant_id, hour, access_key_id, user_id, agent_id, provider_key_id, provider, model, requests, errors,
        tokens_input, tokens_cache_read, tokens_cache_write, tokens_cache_write_long, tokens_output,
        tokens_reasoning, tokens_audio_input, tokens_audio_output, tokens_image,
        cost_nanos, unknown_cost_requests, estimated_requests
      from usage_rollups
    )
    (select 'event' as only_in, * from (select * from of_events except select * from of_rollups) a)
    union all (select 'roll-up', * from (select * from of_rollups except select * from of_events) b)`,
  'an event has cost something else than its entry in the ledger of its provider key says': `
    select e.id, e.cost_nanos::text, l.amount::text
    from usage_events e
    left join limits k on k.subject_type = 'provider_key' and k.subject_id = e.provider_key_id and k.metric = 'cost' and k."window" = 'total'
    left join (select event_id, limit_id, sum(amount) as amount from ledger_entries group by 1, 2) l on l.event_id = e.id and l.limit_id = k.id
    where coalesce(e.cost_nanos, 0) <> coalesce(l.amount, 0)`,
  'a ledger entry belongs to no event':
    'select event_id from ledger_entries l where not exists (select 1 from usage_events e where e.id = l.event_id)',
  'an event is there twice': 'select id from usage_events group by id having count(*) > 1',
  'an operation has two events of one attempt': 'select operation_id, attempt from usage_events group by 1, 2 having count(*) > 1',
  'a key says it was last used later than its last event, or more than ten seconds before it': `
    select k.id from provider_keys k
    left join (select provider_key_id, max(admitted_at) as at from usage_events group by 1) e on e.provider_key_id = k.id
    where (k.last_used is null) <> (e.at is null) or k.last_used > e.at or k.last_used < e.at - interval '10 seconds'
    union all
    select a.id from access_keys a
    left join (select access_key_id, max(admitted_at) as at from usage_events group by 1) e on e.access_key_id = a.id
    where (a.last_used is null) <> (e.at is null) or a.last_used > e.at or a.last_used < e.at - interval '10 seconds'`,
}

/** Everything that is wrong with the accounts of a database; empty when events, ledger, counters, roll-ups and keys agree. */
export async function listFaults(sql: Sql): Promise<{ fault: string; rows: unknown[] }[]> {
  const faults: { fault: string; rows: unknown[] }[] = []
  for (const [fault, query] of Object.entries(checks)) {
    const rows = await sql(query)
    if (rows.length > 0) faults.push({ fault, rows: rows.slice(0, 5) })
  }
  return faults
}

/** What the product's own check of its books says, as an operator runs it; rejects when it finds something. */
export async function checkByCommand(env: Record<string, string>): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [commandLine, 'books', 'check'], {
    env: { PATH: process.env.PATH, ...env },
  })
  return stdout
}

/** Sums over the database: of the events, of the cost counters of provider keys, of the ledger and of the roll-ups. Nano-dollars. */
export async function sumAccounts(
  sql: Sql,
): Promise<{ events: bigint; counters: bigint; ledger: bigint; rollups: bigint; requests: number }> {
  const [row] = await sql<Record<'events' | 'counters' | 'ledger' | 'rollups' | 'requests', string>>(`
    select (select coalesce(sum(cost_nanos), 0)::text from usage_events) as events,
      (select coalesce(sum(c.posted), 0)::text from limit_counters c join limits l on l.id = c.limit_id and l.metric = 'cost' and l.subject_type = 'provider_key') as counters,
      (select coalesce(sum(e.amount), 0)::text from ledger_entries e join limits l on l.id = e.limit_id and l.metric = 'cost' and l.subject_type = 'provider_key') as ledger,
      (select coalesce(sum(cost_nanos), 0)::text from usage_rollups) as rollups,
      (select count(*)::text from usage_events) as requests`)
  const { events = '0', counters = '0', ledger = '0', rollups = '0', requests = '0' } = row ?? {}
  return {
    events: BigInt(events),
    counters: BigInt(counters),
    ledger: BigInt(ledger),
    rollups: BigInt(rollups),
    requests: Number(requests),
  }
}
