import { sql } from 'kysely'
import type { Tx } from '../../platform/db.ts'
import { nilId } from '../../platform/ids.ts'
import { bigintMax } from '../quotas/ledger.ts'
import type { SettledEvent, TokenCounts } from './events.record.ts'

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
const countColumns = ['requests', 'errors', ...tokenColumns, 'cost_nanos', 'unknown_cost_requests', 'estimated_requests'] as const
const keyColumns = ['tenant_id', 'hour', 'access_key_id', 'user_id', 'agent_id', 'provider_key_id', 'provider', 'model'] as const

type RollupKey = Record<(typeof keyColumns)[number], string>
type Rollup = RollupKey & Record<(typeof countColumns)[number], string>

/**
 * Adds events to the figures of their hours, in key order. The hour is that of admission, in UTC. A sum stops at what its column can hold:
 * one absurd figure must not keep all others out.
 */
export async function addToRollups(tx: Tx, events: readonly SettledEvent[]): Promise<void> {
  const rollups = rollupsOf(events)
  if (rollups.length === 0) return
  const columns = sql.join([...keyColumns, ...countColumns].map((name) => sql.ref(name)))
  const types = sql.raw([...keyColumns, ...countColumns].map((name) => `${name} ${typeOf(name)}`).join(', '))
  const sums = sql.raw(
    countColumns.map((name) => `${name} = least(usage_rollups.${name}::numeric + excluded.${name}, ${bigintMax})::bigint`).join(', '),
  )
  await sql`insert into usage_rollups (${columns})
    select ${columns} from json_to_recordset(${JSON.stringify(rollups)}::json) as r (${types})
    order by ${sql.join(keyColumns.map((name) => sql.ref(name)))}
    on conflict (${sql.join(keyColumns.map((name) => sql.ref(name)))}) do update set ${sums}`.execute(tx)
}

/** One row for each key that occurs, with the sums of its events. */
export function rollupsOf(events: readonly SettledEvent[]): Rollup[] {
  const groups = new Map<string, { key: RollupKey; sums: bigint[] }>()
  for (const event of events) {
    const key = keyOf(event)
    const name = keyColumns.map((column) => key[column]).join('\u0000')
    let group = groups.get(name)
    if (!group) groups.set(name, (group = { key, sums: countColumns.map(() => 0n) }))
    const counts = countsOf(event)
    for (let index = 0; index < counts.length; index++) group.sums[index]! += counts[index]!
  }
  return [...groups.values()].map(
    ({ key, sums }) =>
      ({
        ...key,
        ...Object.fromEntries(countColumns.map((name, index) => [name, String(sums[index]! > bigintMax ? bigintMax : sums[index])])),
      }) as Rollup,
  )
}

function keyOf(event: SettledEvent): RollupKey {
  return {
    tenant_id: event.tenant_id,
    hour: `${event.admitted_at.slice(0, 13)}:00:00.000Z`,
    access_key_id: event.access_key_id,
    user_id: event.user_id ?? nilId,
    agent_id: event.agent_id ?? nilId,
    provider_key_id: event.provider_key_id,
    provider: event.provider,
    model: event.model,
  }
}

/** In the order of `countColumns`. */
function countsOf(event: SettledEvent): bigint[] {
  return [
    1n,
    event.outcome === 'ok' ? 0n : 1n,
    ...tokenColumns.map((name) => BigInt(event[name])),
    BigInt(event.cost_nanos ?? 0),
    event.cost_nanos === null ? 1n : 0n,
    event.estimated ? 1n : 0n,
  ]
}

function typeOf(column: string): string {
  if (column === 'hour') return 'timestamptz'
  if (column === 'provider' || column === 'model') return 'text'
  return (keyColumns as readonly string[]).includes(column) ? 'uuid' : 'bigint'
}
