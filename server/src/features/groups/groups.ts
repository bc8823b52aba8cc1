import type { Received } from '@llm-manager/contract/endpoint'
import type { groups } from '@llm-manager/contract/groups'
import { allow, change, type Ctx } from '../../platform/ctx.ts'
import { listReply, pageOf } from '../../platform/cursor.ts'
import { isDuplicate, type Reader, type Tx } from '../../platform/db.ts'
import { Failure, notFound } from '../../platform/failure.ts'
import { isId, newId } from '../../platform/ids.ts'
import { tenantInReach } from '../tenants/tenants.ts'
import {
  findGroup,
  insertGroup,
  listGroups,
  lockGroup,
  retireLimitsOfGroup,
  updateGroup,
  type GroupReach,
  type GroupRow,
} from './groups.store.ts'

type Input<K extends keyof typeof groups> = Received<(typeof groups)[K]>

/** Creates a group in the caller's tenant, or in another that the caller reaches. */
export async function createGroup(ctx: Ctx, { body }: Input<'create'>) {
  const tenantId = body.tenant_id ?? ctx.caller.tenantId
  if (tenantId !== ctx.caller.tenantId) await tenantInReach(ctx, tenantId)
  return await change(ctx, 'groups:write', async (tx, audit) => {
    const id = newId()
    await told(() => insertGroup(tx, tenantId, { id, name: body.name, created_at: ctx.now() }))
    const made = await groupWritten(tx, id)
    audit({ action: 'group.created', tenantId, subject: { type: 'group', id }, after: audited(made) })
    return toGroup(made)
  })
}

export async function listGroupsInReach(ctx: Ctx, { query }: Input<'list'>) {
  allow(ctx, 'groups:read')
  const page = pageOf(query)
  if (query.tenant_id) await tenantInReach(ctx, query.tenant_id)
  const reach = reachOf(ctx)
  return listReply(page, await listGroups(ctx.db, { ...reach, tenantId: query.tenant_id ?? reach.tenantId }, page), toGroup)
}

export async function getGroup(ctx: Ctx, { params }: Input<'get'>) {
  allow(ctx, 'groups:read')
  return toGroup(await groupInReach(ctx, ctx.db, params.id))
}

export async function changeGroup(ctx: Ctx, { params, body }: Input<'change'>) {
  return await change(ctx, 'groups:write', async (tx, audit) => {
    const before = await lockedGroup(ctx, tx, params.id)
    const { tenant_id: tenantId, id } = before
    await told(() => updateGroup(tx, tenantId, id, { ...body, updated_at: ctx.now() }))
    const after = await groupWritten(tx, id)
    audit({ action: 'group.changed', tenantId, subject: { type: 'group', id }, before: audited(before), after: audited(after) })
    return toGroup(after)
  })
}

/** Retires a group and lifts its limits. One that was set from above is not escaped in this way: throws `forbidden`. */
export async function removeGroup(ctx: Ctx, { params }: Input<'remove'>): Promise<undefined> {
  await change(ctx, 'groups:write', async (tx, audit) => {
    const before = await lockedGroup(ctx, tx, params.id)
    const { tenant_id: tenantId, id } = before
    const lifted = await retireLimitsOfGroup(tx, tenantId, id, ctx.now())
    if (ctx.caller.scope !== 'all' && lifted.some((limit) => limit.imposed)) throw new Failure('forbidden', 'quota_imposed')
    await updateGroup(tx, tenantId, id, { status: 'retired', updated_at: ctx.now() })
    audit({ action: 'group.retired', tenantId, subject: { type: 'group', id }, before: audited(before) })
    for (const limit of lifted) audit({ action: 'quota.removed', tenantId, subject: { type: 'quota', id: limit.id } })
  })
}

/** Throws `not_found` unless the group is there, not retired, and within the caller's reach. */
export async function groupInReach(ctx: Ctx, db: Reader, id: string): Promise<GroupRow> {
  const row = isId(id) ? await findGroup(db, reachOf(ctx), id) : undefined
  if (!row) throw notFound('group_not_found')
  return row
}

/** The same, and nobody else changes it or its members until the transaction ends. */
export async function lockedGroup(ctx: Ctx, tx: Tx, id: string): Promise<GroupRow> {
  const { id: found } = await groupInReach(ctx, tx, id)
  await lockGroup(tx, found)
  return await groupInReach(ctx, tx, found)
}

/** Every tenant's, the caller's tenant's, or those that the caller is in. */
function reachOf({ caller }: Ctx): GroupReach {
  return { tenantId: caller.scope === 'all' ? null : caller.tenantId, memberId: caller.scope === 'own' ? caller.userId : null }
}

async function groupWritten(tx: Tx, id: string): Promise<GroupRow> {
  const row = await findGroup(tx, { tenantId: null, memberId: null }, id)
  if (!row) throw new Error('A group just written is not there')
  return row
}

async function told(write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    throw isDuplicate(error) ? new Failure('conflict', 'group_name_taken', { cause: error }) : error
  }
}

function audited({ name }: GroupRow) {
  return { name }
}

function toGroup({ id, tenant_id, name, members, created_at, updated_at }: GroupRow) {
  return {
    id,
    tenant_id,
    name,
    members: Number(members),
    created_at: created_at.toISOString(),
    updated_at: updated_at?.toISOString() ?? null,
  }
}
