import type { Received, Replied } from '@llm-manager/contract/endpoint'
import type { usage } from '@llm-manager/contract/usage'
import { allow, type Ctx } from '../../../platform/ctx.ts'
import type { Reader } from '../../../platform/db.ts'
import { notFound } from '../../../platform/failure.ts'
import { isId } from '../../../platform/ids.ts'
import { usdOfNanos } from '../../../platform/money.ts'
import type { StoredPrice } from '../../models/in-force/stored-price.ts'
import { findPriceStart } from '../../models/prices.ts'
import { toCorrection } from '../corrections/corrections.ts'
import { listCorrectionsOf } from '../corrections/corrections.store.ts'
import { findEvent, listCountedIn } from '../usage.store.ts'
import { toEvent } from '../usage.view.ts'
import { priceLinesOf } from './price-lines.ts'

/** One request and how its cost came about: by which price, of what was reported, out of which reservation, in which limits, corrected how. */
export async function explainUsageEvent(ctx: Ctx, { params }: Received<(typeof usage)['event']>) {
  allow(ctx, 'usage:read')
  const row = isId(params.id) ? await findEvent(ctx, params.id) : undefined
  if (!row) throw notFound('event_not_found')
  // The limits of the installation's key are not for everybody it serves.
  const limitsOf = ctx.caller.scope === 'all' ? null : row.tenant_id
  const [corrections, limits] = await Promise.all([
    listCorrectionsOf(ctx.db, row.tenant_id, row.id),
    listCountedIn(ctx.db, row.id, limitsOf),
  ])
  return {
    ...toEvent(row),
    charged: row.cost_nanos === null ? null : usdOfNanos(row.cost_nanos),
    lines: priceLinesOf(row),
    price_source: row.price?.source ?? null,
    price: row.price && (await chargedPrice(ctx.db, row.price)),
    raw_usage: row.raw_usage,
    reserved: usdOfNanos(row.reserved_nanos),
    limits: limits.map(({ metric, amount, window_start, ...limit }) => ({
      ...limit,
      metric,
      window_start: window_start.toISOString(),
      posted: metric === 'cost' ? usdOfNanos(amount) : Number(amount),
    })),
    corrections: corrections.map(toCorrection),
  }
}

type ChargedPrice = NonNullable<Replied<typeof usage.event>['price']>

/** What the words kept with the event mean. */
async function chargedPrice(db: Reader, { source, model }: StoredPrice): Promise<ChargedPrice> {
  const [first = '', second] = source.split(' ')
  const told = { source, version: null, price_id: null, model: model ?? null }
  if (first === 'price' && second !== undefined && isId(second)) {
    const start = await findPriceStart(db, second)
    return { ...told, kind: 'set', version: start?.toISOString() ?? null, price_id: second }
  }
  if (first.startsWith('@')) return { ...told, kind: 'catalogue', version: second ?? null }
  if (source === 'ceiling' || source === 'provider') return { ...told, kind: source }
  return { ...told, kind: 'other' }
}
