import { sql } from 'kysely'
import type { Reader } from '../../platform/db.ts'

/** Groups that changed after a version, with everybody in them, as the gateway keeps them. Who changes the members stamps the group. */
export async function groupsChangedSince(db: Reader, version: bigint) {
  return await db
    .selectFrom('groups')
    .select(['tenant_id', 'id', 'status', 'version', 'updated_at'])
    .select((eb) =>
      sql<string[]>`coalesce(${eb
        .selectFrom('group_members')
        .select(sql`array_agg(user_id::text order by user_id)`.as('ids'))
        .whereRef('group_members.tenant_id', '=', 'groups.tenant_id')
        .whereRef('group_members.group_id', '=', 'groups.id')}, '{}')`.as('member_ids'),
    )
    .where('version', '>', version)
    .execute()
}

export type ChangedGroup = Awaited<ReturnType<typeof groupsChangedSince>>[number]
