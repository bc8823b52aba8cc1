import { sql, type Updateable } from 'kysely'
import type { Page } from '../../platform/cursor.ts'
import type { Reader, Tx } from '../../platform/db.ts'
import type { StoredSettings } from './tenants.settings.ts'
import type { TenantsTable } from './tenants.table.ts'

const columns = ['id', 'name', 'plan', 'is_root', 'status', 'settings', 'created_at', 'updated_at'] as const

export async function insertTenant(
  tx: Tx,
  row: { id: string; name: string; plan: TenantsTable['plan']; is_root: boolean; created_at: Date },
) {
  return await tx.insertInto('tenants').values(row).returning(columns).executeTakeFirstOrThrow()
}

export async function findRootTenant(db: Reader) {
  return await db.selectFrom('tenants').select(columns).where('is_root', '=', true).executeTakeFirst()
}

/** One tenant, of those within reach: any, or only the caller's own. */
export async function findTenant(db: Reader, id: string, onlyId: string | null) {
  let query = db.selectFrom('tenants').select(columns).where('id', '=', id).where('status', '<>', 'retired')
  if (onlyId) query = query.where('id', '=', onlyId)
  return await query.executeTakeFirst()
}

export async function listTenants(db: Reader, onlyId: string | null, page: Page) {
  let query = db
    .selectFrom('tenants')
    .select(columns)
    .where('status', '<>', 'retired')
    .orderBy('id')
    .limit(page.limit + 1)
  if (onlyId) query = query.where('id', '=', onlyId)
  if (page.after) query = query.where('id', '>', page.after)
  return await query.execute()
}

/** Settings that are not named stay. */
export async function updateTenant(
  tx: Tx,
  id: string,
  change: Pick<Updateable<TenantsTable>, 'name' | 'plan' | 'status' | 'updated_at'>,
  settings: StoredSettings,
) {
  return await tx
    .updateTable('tenants')
    .set({ ...change, settings: sql<string>`settings || ${JSON.stringify(settings)}::jsonb` })
    .where('id', '=', id)
    .returning(columns)
    .executeTakeFirstOrThrow()
}

export type TenantRow = Awaited<ReturnType<typeof insertTenant>>
