import { sql } from 'kysely'
import type { Reader } from '../../../platform/db.ts'
import type { CounterKey } from '../ledger.ts'

/** What is known of one window of a limit, in its unit. `unproved` is part of `posted`. */
export type FiguresRow = { posted: bigint; leased: bigint; unproved: bigint }

/** The figures of each of these counters; of one that nobody has used yet, nothing. */
export async function listFigures(
  db: Reader,
  keys: readonly CounterKey[],
): Promise<(key: Pick<CounterKey, 'limit_id' | 'window_start'>) => FiguresRow> {
  const wanted = sql`json_to_recordset(${JSON.stringify(keys)}::json) as w (tenant_id uuid, limit_id uuid, window_start timestamptz)`
  // What was charged without proof stands under the id of the epoch that left it, and so does whatever corrects that.
  const { rows } = await sql<FiguresRow & { limit_id: string; window_start: Date }>`
    with unproved as materialized (
      select e.tenant_id, e.limit_id, e.window_start, sum(e.amount) as amount
      from epochs p join ledger_entries e on e.event_id = p.id where e.kind in ('abandoned', 'correction') group by 1, 2, 3
    )
    select c.limit_id, c.window_start, c.posted, c.leased, coalesce(u.amount, 0) as unproved
    from ${wanted} join limit_counters c using (tenant_id, limit_id, window_start)
    left join unproved u using (tenant_id, limit_id, window_start)`.execute(db)
  const byKey = new Map(rows.map(({ limit_id, window_start, ...figures }) => [`${limit_id} ${window_start.toISOString()}`, figures]))
  return ({ limit_id, window_start }) => byKey.get(`${limit_id} ${window_start}`) ?? { posted: 0n, leased: 0n, unproved: 0n }
}

/** `next_start`: where the counter after this one begins; a window that was cut short ends there. `amount`: what was in force last in it. */
export type UsedWindowRow = { window_start: Date; next_start: Date | null; amount: bigint | null }

/** Windows of a limit in which something was used, and the one that is named; newest first, those that began before an instant. */
export async function listUsedWindows(
  db: Reader,
  limit: { tenant_id: string; id: string },
  current: Date | null,
  page: { limit: number; before: Date | null },
): Promise<UsedWindowRow[]> {
  const { rows } = await sql<UsedWindowRow>`select c.window_start, c.amount, (select min(n.window_start) from limit_counters n
      where n.tenant_id = c.tenant_id and n.limit_id = c.limit_id and n.window_start > c.window_start) as next_start
    from limit_counters c
    where c.tenant_id = ${limit.tenant_id} and c.limit_id = ${limit.id} and (c.posted > 0 or c.window_start = ${current})
      and (${page.before}::timestamptz is null or c.window_start < ${page.before})
    order by c.window_start desc limit ${page.limit + 1}`.execute(db)
  return rows
}
