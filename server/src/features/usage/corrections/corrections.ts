import type { Received } from '@llm-manager/contract/endpoint'
import type { usage } from '@llm-manager/contract/usage'
import { auditRefusal, change, type Caller, type Ctx } from '../../../platform/ctx.ts'
import { Failure, notFound } from '../../../platform/failure.ts'
import { newId } from '../../../platform/ids.ts'
import { nanosOfUsd, usdOfNanos } from '../../../platform/money.ts'
import { listChargedEvents, lockCorrections, type ChargedEvent, type CorrectionRow } from './corrections.store.ts'
import { costOf, makeCorrections } from './make-corrections.ts'

/** More than any account holds. */
const costNanosMax = 10n ** 18n

/**
 * Corrects what a request has cost: to a cost, or by an amount. Platform administrators correct any; an administrator those of their tenant
 * that were billed to its own keys, since what the installation charges is not theirs to lower. Throws `rule_broken` where nothing would
 * change, or the cost would fall below nothing.
 */
export async function correctCharge(ctx: Ctx, { body }: Received<(typeof usage)['correct']>) {
  const onlyTenantId = ctx.caller.scope === 'all' ? null : ctx.caller.tenantId
  await refuseForeignPayer(ctx, (await listChargedEvents(ctx.db, [body.event_id], onlyTenantId))[0])
  return await change(ctx, 'usage:correct', async (tx, audit) => {
    await lockCorrections(tx)
    const [event] = await listChargedEvents(tx, [body.event_id], onlyTenantId)
    if (!event) throw notFound('event_not_found')
    const before = costOf(event)
    const after = body.cost === undefined ? (before ?? 0n) + nanosOfUsd(body.amount ?? 0) : nanosOfUsd(body.cost)
    if (after < 0n || after > costNanosMax) throw new Failure('rule_broken', 'correction_out_of_range')
    if (after === before) throw new Failure('rule_broken', 'correction_changes_nothing')
    const correction = {
      id: newId(),
      event,
      amountNanos: after - (before ?? 0n),
      reason: body.reason,
      note: body.note || null,
      price: null,
    }
    const [row] = await makeCorrections(tx, [correction], ctx.caller.userId, ctx.now())
    const made = toCorrection(row!)
    audit({
      action: 'usage.corrected',
      tenantId: event.tenant_id,
      subject: { type: 'usage_event', id: event.id },
      before: { cost: before === null ? null : usdOfNanos(before) },
      after: { cost: usdOfNanos(after), reason: made.reason, note: made.note, correction_id: made.id },
    })
    return { ...made, cost: usdOfNanos(after) }
  })
}

/** A refused attempt is audited. A key's tenant never changes, so that this stays true. */
async function refuseForeignPayer(ctx: Ctx, event: ChargedEvent | undefined): Promise<void> {
  if (!event) throw notFound('event_not_found')
  if (mayCorrect(ctx.caller, event.provider_key_tenant_id)) return
  await auditRefusal(ctx, ctx.caller, { action: 'usage.corrected', subject: { type: 'usage_event', id: event.id } })
  throw new Failure('forbidden', 'correction_platform_only')
}

/** Whether a caller may correct what was billed to keys of a tenant. Those of the root tenant are the installation's. */
export function mayCorrect({ scope, tenantId, inRootTenant }: Caller, payerId: string): boolean {
  return scope === 'all' || (payerId === tenantId && !inRootTenant)
}

/** A correction as the API says it. */
export function toCorrection(row: CorrectionRow) {
  const { id, event_id, amount_nanos, was_unknown, reason, note, made_by, created_at } = row
  return { id, event_id, amount: usdOfNanos(amount_nanos), was_unknown, reason, note, made_by, created_at: created_at.toISOString() }
}
