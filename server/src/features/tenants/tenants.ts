import type { tenants } from '@llm-manager/contract/tenants'
import type { Received } from '@llm-manager/contract/endpoint'
import { allow, change, type Ctx } from '../../platform/ctx.ts'
import { listReply, pageOf } from '../../platform/cursor.ts'
import { unattended, type Db, type Reader } from '../../platform/db.ts'
import { Failure, notFound } from '../../platform/failure.ts'
import { isId, newId } from '../../platform/ids.ts'
import { toShown, toStored } from './tenants.settings.ts'
import { findRootTenant, findTenant, insertTenant, listTenants, updateTenant, type TenantRow } from './tenants.store.ts'

type Input<K extends keyof typeof tenants> = Received<(typeof tenants)[K]>

export async function createTenant(ctx: Ctx, { body }: Input<'create'>) {
  return await change(ctx, 'tenants:write', async (tx, audit) => {
    const row = await insertTenant(tx, { id: newId(), name: body.name, plan: body.plan, is_root: false, created_at: ctx.now() })
    audit({ action: 'tenant.created', subject: { type: 'tenant', id: row.id }, after: { name: row.name, plan: row.plan } })
    return toTenant(row)
  })
}

export async function listTenantsInReach(ctx: Ctx, { query }: Input<'list'>) {
  allow(ctx, 'tenants:read')
  const page = pageOf(query)
  return listReply(page, await listTenants(ctx.db, onlyTenant(ctx), page), toTenant)
}

export async function getTenant(ctx: Ctx, { params }: Input<'get'>) {
  allow(ctx, 'tenants:read')
  return toTenant(await tenantInReach(ctx, params.id))
}

/** Renames, changes the plan or settings, suspends or reactivates. The root tenant cannot be suspended. */
export async function changeTenant(ctx: Ctx, { params, body }: Input<'change'>) {
  return await change(ctx, 'tenants:write', async (tx, audit) => {
    const before = await tenantInReach(ctx, params.id)
    if (before.is_root && body.status === 'suspended') throw new Failure('rule_broken', 'root_tenant_fixed')
    const { settings = {}, ...change } = body
    const row = await updateTenant(tx, before.id, { ...change, updated_at: ctx.now() }, toStored(settings))
    const shown = (tenant: TenantRow) => ({
      name: tenant.name,
      plan: tenant.plan,
      status: tenant.status,
      settings: toShown(tenant.settings),
    })
    audit({ action: 'tenant.changed', subject: { type: 'tenant', id: row.id }, before: shown(before), after: shown(row) })
    return toTenant(row)
  })
}

/** Throws `not_found` unless the tenant is there and within the caller's reach. */
export async function tenantInReach(ctx: Ctx, id: string): Promise<TenantRow> {
  const row = isId(id) ? await findTenant(ctx.db, id, onlyTenant(ctx)) : undefined
  if (!row) throw notFound('tenant_not_found')
  return row
}

/** Whether an id is that of a tenant of ours. */
export async function isTenant(db: Reader, id: string): Promise<boolean> {
  return (await findTenant(db, id, null)) !== undefined
}

/** The tenant that owns what belongs to the whole installation; made on the first start, plan enterprise. */
export async function ensureRootTenant(db: Db, now: Date): Promise<TenantRow> {
  const found = await findRootTenant(db)
  if (found) return found
  return await unattended(db, (tx) =>
    insertTenant(tx, { id: newId(), name: 'LLM Manager', plan: 'enterprise', is_root: true, created_at: now }),
  )
}

/** Null before the first start. */
export async function findRootTenantId(db: Reader): Promise<string | null> {
  return (await findRootTenant(db))?.id ?? null
}

function onlyTenant(ctx: Ctx): string | null {
  return ctx.caller.scope === 'all' ? null : ctx.caller.tenantId
}

function toTenant(row: TenantRow) {
  return {
    ...row,
    settings: toShown(row.settings),
    status: row.status === 'suspended' ? ('suspended' as const) : ('active' as const),
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at?.toISOString() ?? null,
  }
}
