import type { prices } from '@llm-manager/contract/prices'
import type { Received } from '@llm-manager/contract/endpoint'
import { allow, change, type Ctx } from '../../platform/ctx.ts'
import { listReply, pageOf } from '../../platform/cursor.ts'
import { isDuplicate, type Reader } from '../../platform/db.ts'
import { Failure, notFound } from '../../platform/failure.ts'
import { isId, newId } from '../../platform/ids.ts'
import { plainModel } from '../../providers/upstream/model.ts'
import { toPerMillion, toPerMillionNanos } from '../tenants/tenants.settings.ts'
import { ensureRootTenant, tenantInReach } from '../tenants/tenants.ts'
import { findStart, insertPrice, isPriceUsed, listPrices, lockPrice, markPriceWithdrawn, type PriceRow } from './prices.store.ts'

type Input<K extends keyof typeof prices> = Received<(typeof prices)[K]>

/** Sets a price from an instant on: of the installation by a platform administrator, of their tenant by its administrator. */
export async function createPrice(ctx: Ctx, { body }: Input<'create'>) {
  allow(ctx, 'prices:write')
  const tenantId = await pricedTenant(ctx, body.tenant_id)
  const { provider } = body
  const model = plainModel(provider, body.model)
  try {
    return await change(ctx, 'prices:write', async (tx, audit) => {
      const effective_from = new Date(body.effective_from)
      const row = await insertPrice(tx, tenantId, {
        id: newId(),
        provider,
        model,
        effective_from,
        per_million_nanos: toPerMillionNanos(body.per_million),
        created_at: ctx.now(),
      })
      const price = toPrice(row)
      audit({
        action: 'price.created',
        tenantId,
        subject: { type: 'price', id: row.id },
        after: { provider, model, effective_from: price.effective_from, per_million: price.per_million },
      })
      return price
    })
  } catch (error) {
    if (isDuplicate(error)) throw new Failure('conflict', 'price_taken', { cause: error })
    throw error
  }
}

/** Takes a price back by which nothing was charged; the one before it is in force again. Throws `conflict` for one that was used. */
export async function withdrawPrice(ctx: Ctx, { params }: Input<'withdraw'>): Promise<undefined> {
  const onlyTenantId = ctx.caller.scope === 'all' ? null : ctx.caller.tenantId
  await change(ctx, 'prices:write', async (tx, audit) => {
    const row = isId(params.id) ? await lockPrice(tx, params.id, onlyTenantId) : undefined
    if (!row) throw notFound('price_not_found')
    const now = ctx.now()
    if (row.effective_from <= now && (await isPriceUsed(tx, row))) throw new Failure('conflict', 'price_used')
    await markPriceWithdrawn(tx, row, now)
    const { provider, model, effective_from, per_million } = toPrice(row)
    audit({
      action: 'price.withdrawn',
      tenantId: row.tenant_id,
      subject: { type: 'price', id: row.id },
      before: { provider, model, effective_from, per_million },
    })
  })
}

/** The prices that count for the caller: the installation's and their tenant's; everybody's for a platform administrator. */
export async function listPricesInReach(ctx: Ctx, { query }: Input<'list'>) {
  allow(ctx, 'prices:read')
  const page = pageOf(query)
  const tenantId = ctx.caller.scope === 'all' ? null : ctx.caller.tenantId
  return listReply(page, await listPrices(ctx.db, tenantId, query.provider ?? null, page), toPrice)
}

/** The instant from which a price that somebody set is in force: with its id, the version of a model's price. */
export async function findPriceStart(db: Reader, id: string): Promise<Date | null> {
  return (await findStart(db, id)) ?? null
}

async function pricedTenant(ctx: Ctx, tenantId: string | undefined): Promise<string> {
  if (tenantId !== undefined) return (await tenantInReach(ctx, tenantId)).id
  if (ctx.caller.roles.includes('platform_admin')) return (await ensureRootTenant(ctx.db, ctx.now())).id
  return ctx.caller.tenantId
}

function toPrice(row: PriceRow) {
  return {
    id: row.id,
    tenant_id: row.tenant_id,
    provider: row.provider,
    model: row.model,
    effective_from: row.effective_from.toISOString(),
    per_million: toPerMillion(row.per_million_nanos),
    created_at: row.created_at.toISOString(),
  }
}
