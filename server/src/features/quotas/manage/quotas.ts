import type { Received } from '@llm-manager/contract/endpoint'
import type { quotas } from '@llm-manager/contract/quotas'
import { allow, change, type Ctx } from '../../../platform/ctx.ts'
import { listReply, pageOf } from '../../../platform/cursor.ts'
import type { Reader, Tx } from '../../../platform/db.ts'
import { Failure, notFound } from '../../../platform/failure.ts'
import { isId, newId } from '../../../platform/ids.ts'
import { tenantInReach } from '../../tenants/tenants.ts'
import { ensureCounters, lockCounters, type CounterKey } from '../ledger.ts'
import { listFigures } from './quotas.figures.store.ts'
import {
  countQuotas,
  findQuota,
  hasSameQuota,
  insertQuota,
  listQuotas,
  lockEdits,
  updateCounterAmount,
  updateQuota,
  type NewQuota,
  type QuotaReach,
  type QuotaRow,
} from './quotas.store.ts'
import { findSubject } from './quotas.subjects.store.ts'
import { auditedQuota, counterOf, quotaWindow, toQuota } from './quotas.view.ts'
import { keptAmount, keptThresholds, keptWindows } from './quotas.wish.ts'

type Input<K extends keyof typeof quotas> = Received<(typeof quotas)[K]>

/** On one subject: a call is measured by all the limits of its subjects, and by a hundred at most. */
const quotasMax = 16

/** Sets a limit on something within the caller's reach. It belongs to the tenant of what it is on. Throws `conflict` when it is there already. */
export async function createQuota(ctx: Ctx, { body }: Input<'create'>) {
  const amount = keptAmount(ctx, body.metric, body.amount)
  const windows = keptWindows(body)
  mayLimit(ctx)
  return await change(ctx, 'quotas:write', async (tx, audit) => {
    const { scope, tenantId } = ctx.caller
    const subject = await findSubject(tx, scope === 'all' ? null : tenantId, body.subject_type, body.subject_id)
    if (!subject) throw notFound('quota_subject_not_found')
    const quota: NewQuota = {
      tenant_id: subject.tenant_id,
      id: newId(),
      subject_type: body.subject_type,
      subject_id: subject.id,
      metric: body.metric,
      amount,
      ...windows,
      hard: body.hard,
      thresholds: keptThresholds(body.thresholds),
      provider: body.provider ?? null,
      model: body.model ?? null,
      imposed: subject.tenant_id !== tenantId,
      created_at: ctx.now(),
    }
    await lockEdits(tx, subject.id)
    if (await hasSameQuota(tx, quota)) throw new Failure('conflict', 'quota_taken')
    if (!quota.imposed && (await countQuotas(tx, quota)) >= quotasMax) throw new Failure('rule_broken', 'quota_too_many')
    await insertQuota(tx, quota)
    const made = await quotaWritten(tx, quota.id)
    audit({ action: 'quota.created', tenantId: made.tenant_id, subject: { type: 'quota', id: made.id }, after: auditedQuota(made) })
    return await shown(ctx, tx, made)
  })
}

/** Limits on what the caller may see, oldest first, with what is used of the current window of each. */
export async function listQuotasInReach(ctx: Ctx, { query }: Input<'list'>) {
  allow(ctx, 'quotas:read')
  const page = pageOf(query)
  const { tenant_id, subject_type, subject_id, metric } = query
  if (tenant_id) await tenantInReach(ctx, tenant_id)
  const reach = reachOf(ctx)
  const rows = await listQuotas(ctx.db, { ...reach, tenantId: tenant_id ?? reach.tenantId }, { subject_type, subject_id, metric }, page)
  const now = ctx.now()
  const windows = new Map(rows.map((row) => [row.id, quotaWindow(row, now)]))
  const keyOf = (row: QuotaRow) => counterOf(row, windows.get(row.id)!.start)
  const figuresOf = await listFigures(ctx.db, rows.map(keyOf))
  return listReply(page, rows, (row) => toQuota(row, windows.get(row.id)!, figuresOf(keyOf(row))))
}

export async function getQuota(ctx: Ctx, { params }: Input<'get'>) {
  allow(ctx, 'quotas:read')
  return await shown(ctx, ctx.db, await quotaInReach(ctx, ctx.db, params.id))
}

/**
 * Changes what is named. With `start_over` the current window ends now and another begins: what was used stays with the one that ended.
 * Gateways are given room under the new amount from this answer on; what they were given before may have passed it.
 */
export async function changeQuota(ctx: Ctx, { params, body }: Input<'change'>) {
  return await change(ctx, 'quotas:write', async (tx, audit) => {
    const now = ctx.now()
    const before = await lockedQuota(ctx, tx, params.id, now)
    const { tenant_id: tenantId, id } = before
    await updateQuota(tx, tenantId, id, {
      amount: body.amount === undefined ? undefined : keptAmount(ctx, before.metric, body.amount),
      hard: body.hard,
      thresholds: body.thresholds && keptThresholds(body.thresholds),
      restarted_at: body.usage === 'start_over' ? now : undefined,
      updated_at: now,
    })
    const after = await quotaWritten(tx, id)
    const startedOver = body.usage === 'start_over'
    // With another amount in a window that ends now, the one that ends keeps its own.
    if (!startedOver) await updateCounterAmount(tx, counterOf(after, quotaWindow(after, now).start), after.amount)
    // The new window is there from its first instant, so that the one before it is seen to end here.
    if (startedOver) await lockCounter(tx, counterOf(after, quotaWindow(after, now).start))
    audit({ action: 'quota.changed', tenantId, subject: { type: 'quota', id }, before: auditedQuota(before), after: auditedQuota(after) })
    return await shown(ctx, tx, after)
  })
}

/** Lifts a limit: it counts and refuses nothing any more. */
export async function removeQuota(ctx: Ctx, { params }: Input<'remove'>): Promise<undefined> {
  await change(ctx, 'quotas:write', async (tx, audit) => {
    const now = ctx.now()
    const before = await lockedQuota(ctx, tx, params.id, now)
    const { tenant_id: tenantId, id } = before
    await updateQuota(tx, tenantId, id, { status: 'retired', updated_at: now })
    audit({ action: 'quota.removed', tenantId, subject: { type: 'quota', id }, before: auditedQuota(before) })
  })
}

/** Throws `not_found` unless there is such a limit on something that the caller may see; `everKnown` if it does not matter that it was lifted. */
export async function quotaInReach(ctx: Ctx, db: Reader, id: string, everKnown = false): Promise<QuotaRow> {
  const row = isId(id) ? await findQuota(db, reachOf(ctx), id, everKnown) : undefined
  if (!row) throw notFound('quota_not_found')
  return row
}

/**
 * A limit that the caller may change; until the transaction ends nobody else changes it, and no gateway is given room in its current window.
 * Throws `conflict` for one that is set with its key, `forbidden` for one that was set from above.
 */
async function lockedQuota(ctx: Ctx, tx: Tx, id: string, now: Date): Promise<QuotaRow> {
  mayLimit(ctx)
  if (isId(id)) await lockEdits(tx, id.toLowerCase())
  const row = await quotaInReach(ctx, tx, id)
  if (row.origin === 'usage_limit') throw new Failure('conflict', 'quota_set_at_key')
  if (row.imposed && ctx.caller.scope !== 'all') throw new Failure('forbidden', 'quota_imposed')
  await lockCounter(tx, counterOf(row, quotaWindow(row, now).start))
  return row
}

/** One counter, made where there is none: nobody can be given room in this window until the transaction ends. */
async function lockCounter(tx: Tx, key: CounterKey): Promise<void> {
  await ensureCounters(tx, [key])
  await lockCounters(tx, [key])
}

/** Nobody limits themselves alone, or whom they share a limit with: that is for who answers for the tenant. */
function mayLimit({ caller }: Ctx): void {
  if (caller.scope === 'own') throw new Failure('forbidden', 'forbidden')
}

/** Every tenant's, the caller's tenant's, or those on the caller, their groups, their tenant, and what is their own. */
function reachOf({ caller }: Ctx): QuotaReach {
  return { tenantId: caller.scope === 'all' ? null : caller.tenantId, userId: caller.scope === 'own' ? caller.userId : null }
}

async function quotaWritten(tx: Tx, id: string): Promise<QuotaRow> {
  const row = await findQuota(tx, { tenantId: null, userId: null }, id)
  if (!row) throw new Error('A limit just written is not there')
  return row
}

async function shown(ctx: Ctx, db: Reader, row: QuotaRow) {
  const window = quotaWindow(row, ctx.now())
  const key = counterOf(row, window.start)
  return toQuota(row, window, (await listFigures(db, [key]))(key))
}
