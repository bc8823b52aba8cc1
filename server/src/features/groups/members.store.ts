import type { Page } from '../../platform/cursor.ts'
import type { Reader, Tx } from '../../platform/db.ts'

/** Who is in a group; whoever is disabled or retired meanwhile stays in it, and calls nothing. */
function selectMembers(db: Reader, tenantId: string, groupId: string) {
  return db
    .selectFrom('group_members')
    .innerJoin('users', (join) =>
      join.onRef('users.tenant_id', '=', 'group_members.tenant_id').onRef('users.id', '=', 'group_members.user_id'),
    )
    .select(['users.id', 'users.name', 'users.email', 'group_members.created_at'])
    .where('group_members.tenant_id', '=', tenantId)
    .where('group_members.group_id', '=', groupId)
}

export type MemberRow = Awaited<ReturnType<ReturnType<typeof selectMembers>['executeTakeFirstOrThrow']>>

export async function findMember(db: Reader, tenantId: string, groupId: string, userId: string): Promise<MemberRow | undefined> {
  return await selectMembers(db, tenantId, groupId).where('users.id', '=', userId).executeTakeFirst()
}

/** Oldest user first. */
export async function listMembers(db: Reader, tenantId: string, groupId: string, page: Page): Promise<MemberRow[]> {
  let query = selectMembers(db, tenantId, groupId)
    .orderBy('users.id')
    .limit(page.limit + 1)
  if (page.after) query = query.where('users.id', '>', page.after)
  return await query.execute()
}

export async function insertMember(tx: Tx, tenantId: string, groupId: string, userId: string, now: Date): Promise<void> {
  await tx.insertInto('group_members').values({ tenant_id: tenantId, group_id: groupId, user_id: userId, created_at: now }).execute()
}

export async function deleteMember(tx: Tx, tenantId: string, groupId: string, userId: string): Promise<void> {
  await tx
    .deleteFrom('group_members')
    .where('tenant_id', '=', tenantId)
    .where('group_id', '=', groupId)
    .where('user_id', '=', userId)
    .execute()
}
