import { sql, type Updateable } from 'kysely'
import type { Page } from '../../platform/cursor.ts'
import type { Reader, Tx } from '../../platform/db.ts'
import type { GroupsTable } from './groups.table.ts'

/** Which groups are looked at: those of one tenant or of any, and all of them or only those that one user is in. */
export type GroupReach = { tenantId: string | null; memberId: string | null }

/** Groups that are not retired, with how many users are in them. */
function selectGroups(db: Reader, { tenantId, memberId }: GroupReach) {
  let query = db
    .selectFrom('groups')
    .select(['id', 'tenant_id', 'name', 'created_at', 'updated_at'])
    .select(
      sql<bigint>`(select count(*) from group_members m where m.tenant_id = groups.tenant_id and m.group_id = groups.id)`.as('members'),
    )
    .where('status', '=', 'active')
  if (tenantId) query = query.where('tenant_id', '=', tenantId)
  if (memberId)
    query = query.where((eb) =>
      eb.exists(
        eb
          .selectFrom('group_members')
          .select('user_id')
          .whereRef('group_members.tenant_id', '=', 'groups.tenant_id')
          .whereRef('group_members.group_id', '=', 'groups.id')
          .where('user_id', '=', memberId),
      ),
    )
  return query
}

export type GroupRow = Awaited<ReturnType<ReturnType<typeof selectGroups>['executeTakeFirstOrThrow']>>

export async function findGroup(db: Reader, reach: GroupReach, id: string): Promise<GroupRow | undefined> {
  return await selectGroups(db, reach).where('id', '=', id).executeTakeFirst()
}

export async function listGroups(db: Reader, reach: GroupReach, page: Page): Promise<GroupRow[]> {
  let query = selectGroups(db, reach)
    .orderBy('id')
    .limit(page.limit + 1)
  if (page.after) query = query.where('id', '>', page.after)
  return await query.execute()
}

/** Nobody else changes this group or who is in it until the transaction ends. */
export async function lockGroup(tx: Tx, id: string): Promise<void> {
  await tx.selectFrom('groups').select('id').where('id', '=', id).forUpdate().execute()
}

export async function insertGroup(tx: Tx, tenantId: string, row: { id: string; name: string; created_at: Date }): Promise<void> {
  await tx
    .insertInto('groups')
    .values({ ...row, tenant_id: tenantId })
    .execute()
}

export async function updateGroup(tx: Tx, tenantId: string, id: string, change: Updateable<GroupsTable>): Promise<void> {
  await tx.updateTable('groups').set(change).where('tenant_id', '=', tenantId).where('id', '=', id).execute()
}

/**
 * Lifts every limit on a group and answers which, with whether they were set from above. Groups stand before quotas, which own the table:
 * a limit must not outlive what it is on, so it is retired in the same transaction.
 */
export async function retireLimitsOfGroup(tx: Tx, tenantId: string, id: string, now: Date): Promise<{ id: string; imposed: boolean }[]> {
  const { rows } = await sql<{ id: string; imposed: boolean }>`update limits set status = 'retired', updated_at = ${now}
    where tenant_id = ${tenantId} and subject_type = 'group' and subject_id = ${id} and status = 'active' returning id, imposed`.execute(tx)
  return rows
}

/** Whether a limit that was set from above is in force on the group. */
export async function hasImposedLimit(tx: Tx, tenantId: string, id: string): Promise<boolean> {
  const { rows } = await sql`select 1 from limits
    where tenant_id = ${tenantId} and subject_type = 'group' and subject_id = ${id} and status = 'active' and imposed limit 1`.execute(tx)
  return rows.length > 0
}
