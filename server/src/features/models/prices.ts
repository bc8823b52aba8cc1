import type { PerMillion, prices } from '@llm-manager/contract/prices'
import type { Received } from '@llm-manager/contract/endpoint'
import type * as z from 'zod/mini'
import { allow, change, type Ctx } from '../../platform/ctx.ts'
import { listReply, pageOf } from '../../platform/cursor.ts'
import { isDuplicate } from '../../platform/db.ts'
import { Failure } from '../../platform/failure.ts'
import { newId } from '../../platform/ids.ts'
import { nanosOfUsd, usdOfNanos } from '../../platform/money.ts'
import { ensureRootTenant, tenantInReach } from '../tenants/tenants.ts'
import { insertPrice, listPrices, type PriceRow } from './prices.store.ts'
import type { PerMillionNanos } from './prices.table.ts'

type Input<K extends keyof typeof prices> = Received<(typeof prices)[K]>

/** Sets a price from an instant on: of the installation by a platform administrator, of their tenant by its administrator. */
export async function createPrice(ctx: Ctx, { body }: Input<'create'>) {
  allow(ctx, 'prices:write')
  const tenantId = await pricedTenant(ctx, body.tenant_id)
  const { provider, model } = body
  try {
    return await change(ctx, 'prices:write', async (tx, audit) => {
      const effective_from = new Date(body.effective_from)
      const row = await insertPrice(tx, tenantId, {
        id: newId(),
        provider,
        model,
        effective_from,
        per_million_nanos: toNanos(body.per_million),
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

/** The prices that count for the caller: the installation's and their tenant's; everybody's for a platform administrator. */
export async function listPricesInReach(ctx: Ctx, { query }: Input<'list'>) {
  allow(ctx, 'prices:read')
  const page = pageOf(query)
  const tenantId = ctx.caller.scope === 'all' ? null : ctx.caller.tenantId
  return listReply(page, await listPrices(ctx.db, tenantId, query.provider ?? null, page), toPrice)
}

async function pricedTenant(ctx: Ctx, tenantId: string | undefined): Promise<string> {
  if (tenantId !== undefined) return (await tenantInReach(ctx, tenantId)).id
  if (ctx.caller.roles.includes('platform_admin')) return (await ensureRootTenant(ctx.db, ctx.now())).id
  return ctx.caller.tenantId
}

/** Decimal strings, since JSON numbers lose digits past 2^53. */
function toNanos(perMillion: z.output<typeof PerMillion>): PerMillionNanos {
  const named = Object.entries(perMillion).filter((entry): entry is [string, number] => entry[1] !== undefined)
  return Object.fromEntries(named.map(([bucket, usd]) => [bucket, nanosOfUsd(usd).toString()]))
}

function toPrice(row: PriceRow) {
  const perMillion = Object.entries(row.per_million_nanos).map(([bucket, nanos]) => [bucket, usdOfNanos(BigInt(nanos))] as const)
  return {
    id: row.id,
    tenant_id: row.tenant_id,
    provider: row.provider,
    model: row.model,
    effective_from: row.effective_from.toISOString(),
    per_million: Object.fromEntries(perMillion) as z.output<typeof PerMillion>,
    created_at: row.created_at.toISOString(),
  }
}
