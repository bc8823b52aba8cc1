import type { Reader, Tx } from '../../platform/db.ts'
import type { LimitsTable } from './limits.table.ts'

/** What a limit is on; with metric and window it says which limit is meant. */
export type Subject = { tenantId: string; subjectType: LimitsTable['subject_type']; subjectId: string }
export type Measure = { metric: LimitsTable['metric']; window: LimitsTable['window'] }

/** Sets the amount of a limit that is there; answers whether it was. */
export async function updateLimitAmount(
  tx: Tx,
  tenantId: string,
  limit: Subject & Measure,
  amount: bigint | null,
  now: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('limits')
    .set({ amount, updated_at: now })
    .where('tenant_id', '=', tenantId)
    .where('subject_type', '=', limit.subjectType)
    .where('subject_id', '=', limit.subjectId)
    .where('metric', '=', limit.metric)
    .where('window', '=', limit.window)
    .where('origin', '=', 'usage_limit')
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

export async function insertLimit(
  tx: Tx,
  tenantId: string,
  id: string,
  limit: Subject & Measure,
  amount: bigint | null,
  now: Date,
): Promise<void> {
  const { subjectType, subjectId, metric, window } = limit
  await tx
    .insertInto('limits')
    .values({
      tenant_id: tenantId,
      id,
      subject_type: subjectType,
      subject_id: subjectId,
      metric,
      window,
      origin: 'usage_limit',
      amount,
      created_at: now,
      updated_at: null,
    })
    .execute()
}

/** Amount and posted of each subject's limit of that measure, in the window that starts then. */
export async function listStandings(
  db: Reader,
  tenantId: string,
  subjectType: LimitsTable['subject_type'],
  subjectIds: readonly string[],
  { metric, window }: Measure,
  windowStart: Date,
) {
  return await db
    .selectFrom('limits')
    .leftJoin('limit_counters', (join) =>
      join
        .onRef('limit_counters.tenant_id', '=', 'limits.tenant_id')
        .onRef('limit_counters.limit_id', '=', 'limits.id')
        .on('limit_counters.window_start', '=', windowStart),
    )
    .select(['limits.subject_id', 'limits.amount', 'limit_counters.posted'])
    .where('limits.tenant_id', '=', tenantId)
    .where('limits.subject_type', '=', subjectType)
    .where('limits.subject_id', 'in', subjectIds)
    .where('limits.metric', '=', metric)
    .where('limits.window', '=', window)
    .where('limits.origin', '=', 'usage_limit')
    .execute()
}
