import type { Reader } from '../../platform/db.ts'

/** Users that changed after a version, as the gateway keeps them. */
export async function usersChangedSince(db: Reader, version: bigint) {
  return await db
    .selectFrom('users')
    .select(['tenant_id', 'id', 'status', 'version', 'updated_at'])
    .where('version', '>', version)
    .execute()
}

export type ChangedUser = Awaited<ReturnType<typeof usersChangedSince>>[number]
