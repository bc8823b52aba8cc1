import type { Reader } from '../../platform/db.ts'

/** Limits that changed after a version, as the gateway keeps them; those that were lifted too. */
export async function limitsChangedSince(db: Reader, version: bigint) {
  return await db
    .selectFrom('limits')
    .select(['tenant_id', 'id', 'subject_type', 'subject_id', 'metric', 'window', 'amount', 'timezone', 'anchor', 'restarted_at', 'hard'])
    .select(['provider', 'model', 'status', 'version', 'updated_at'])
    .where('version', '>', version)
    .execute()
}

export type ChangedLimit = Awaited<ReturnType<typeof limitsChangedSince>>[number]
