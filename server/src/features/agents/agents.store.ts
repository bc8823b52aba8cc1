import type { Insertable, Updateable } from 'kysely'
import type { Page } from '../../platform/cursor.ts'
import type { Reader, Tx } from '../../platform/db.ts'
import type { AgentsTable } from './agents.table.ts'

/** Agents that are not retired, with their binding; one to a key that has since been retired is none. */
function selectAgents(db: Reader, tenantId: string) {
  return db
    .selectFrom('agents')
    .leftJoin('provider_keys', (join) =>
      join
        .onRef('provider_keys.tenant_id', '=', 'agents.key_tenant_id')
        .onRef('provider_keys.id', '=', 'agents.key_id')
        .on('provider_keys.status', '<>', 'retired'),
    )
    .select([
      'agents.id',
      'agents.tenant_id',
      'agents.owner_id',
      'agents.name',
      'agents.description',
      'agents.provider',
      'agents.created_at',
      'agents.updated_at',
    ])
    .select(['provider_keys.id as key_id', 'provider_keys.kind as key_kind', 'provider_keys.provider as key_provider'])
    .where('agents.tenant_id', '=', tenantId)
    .where('agents.status', '=', 'active')
}

export type AgentRow = Awaited<ReturnType<ReturnType<typeof selectAgents>['executeTakeFirstOrThrow']>>

/** One agent; of one owner only, where `ownerId` is given. */
export async function findAgent(db: Reader, tenantId: string, ownerId: string | null, id: string): Promise<AgentRow | undefined> {
  let query = selectAgents(db, tenantId).where('agents.id', '=', id)
  if (ownerId) query = query.where('agents.owner_id', '=', ownerId)
  return await query.executeTakeFirst()
}

/** Nobody else changes this agent until the transaction ends. */
export async function lockAgent(tx: Tx, tenantId: string, id: string): Promise<void> {
  await tx.selectFrom('agents').select('id').where('tenant_id', '=', tenantId).where('id', '=', id).forUpdate().execute()
}

export async function listAgents(db: Reader, tenantId: string, ownerId: string | null, page: Page): Promise<AgentRow[]> {
  let query = selectAgents(db, tenantId)
    .orderBy('agents.id')
    .limit(page.limit + 1)
  if (ownerId) query = query.where('agents.owner_id', '=', ownerId)
  if (page.after) query = query.where('agents.id', '>', page.after)
  return await query.execute()
}

export async function insertAgent(tx: Tx, tenantId: string, row: Omit<Insertable<AgentsTable>, 'tenant_id'>): Promise<void> {
  await tx
    .insertInto('agents')
    .values({ ...row, tenant_id: tenantId })
    .execute()
}

export async function updateAgent(tx: Tx, tenantId: string, id: string, change: Updateable<AgentsTable>): Promise<void> {
  await tx.updateTable('agents').set(change).where('tenant_id', '=', tenantId).where('id', '=', id).execute()
}
