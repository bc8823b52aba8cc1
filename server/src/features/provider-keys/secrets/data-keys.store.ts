import type { Reader, Tx } from '../../../platform/db.ts'

export async function findDataKey(db: Reader, tenantId: string, version: number) {
  return await db
    .selectFrom('data_keys')
    .select(['version', 'wrapped'])
    .where('tenant_id', '=', tenantId)
    .where('version', '=', version)
    .executeTakeFirst()
}

export async function findNewestDataKey(db: Reader, tenantId: string) {
  return await db
    .selectFrom('data_keys')
    .select(['version', 'wrapped'])
    .where('tenant_id', '=', tenantId)
    .orderBy('version', 'desc')
    .executeTakeFirst()
}

/** Does nothing when another process was first: a tenant has one key of each version. */
export async function insertDataKey(tx: Tx, tenantId: string, version: number, wrapped: Buffer, now: Date): Promise<void> {
  await tx
    .insertInto('data_keys')
    .values({ tenant_id: tenantId, version, wrapped, created_at: now })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'version']).doNothing())
    .execute()
}

/** Every tenant's wrapped data keys, for the check at start. */
export async function listWrappedDataKeys(db: Reader): Promise<Buffer[]> {
  const rows = await db.selectFrom('data_keys').select('wrapped').execute()
  return rows.map((row) => row.wrapped)
}

export async function listKeyChecks(db: Reader) {
  return await db.selectFrom('key_checks').select(['kek_id', 'check_value']).execute()
}

export async function insertKeyChecks(tx: Tx, rows: { kek_id: string; check_value: Buffer }[]): Promise<void> {
  await tx.insertInto('key_checks').values(rows).execute()
}
