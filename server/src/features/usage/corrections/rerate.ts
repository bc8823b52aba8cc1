import type { Received } from '@llm-manager/contract/endpoint'
import type { usage } from '@llm-manager/contract/usage'
import { allow, change, type Ctx } from '../../../platform/ctx.ts'
import { Failure } from '../../../platform/failure.ts'
import { newId } from '../../../platform/ids.ts'
import { usdOfNanos } from '../../../platform/money.ts'
import { plainModel } from '../../../providers/upstream/model.ts'
import { loadPriceBook } from '../../models/in-force/load-book.ts'
import type { PriceBook } from '../../models/in-force/price-book.ts'
import { tenantInReach } from '../../tenants/tenants.ts'
import {
  listBusyDays,
  listChargedEvents,
  listChargedEventsOf,
  lockCorrections,
  type ChargedEvent,
  type EventFilter,
} from './corrections.store.ts'
import { judge, type Verdict } from './judge.ts'
import { makeCorrections } from './make-corrections.ts'

const pageSize = 1_000
/** So many events are corrected in one transaction: what it locks is soon free again. */
const batchSize = 200

type Input = Received<(typeof usage)['rerate']>
type Differing = ChargedEvent & { verdict: Extract<Verdict, { kind: 'differs' }> }

/**
 * Rates the requests of a range again, by the prices in force at the instant of their admission, and corrects those whose cost differs, or
 * only tells what would be corrected. What has been rated again differs no more: the same again corrects nothing, and two at once neither
 * correct twice nor stop each other.
 */
export async function rerateUsage(ctx: Ctx, { body }: Input) {
  allow(ctx, 'usage:correct')
  const filter = await filterOf(ctx, body)
  const book = await loadPriceBook(ctx.db)
  const counts = { unchanged: 0, unknown: 0, kept: 0 }
  const items = new Map<string, Item>()
  let waiting: Differing[] = []
  const conclude = async () => {
    const told = body.apply ? await correctBatch(ctx, book, waiting) : waiting
    for (const each of told) addTo(items, each)
    counts.unchanged += waiting.length - told.length
    waiting = []
  }
  for await (const event of eventsOf(ctx, filter)) {
    const verdict = judge(book, event)
    if (verdict.kind === 'differs') waiting.push({ ...event, verdict })
    else counts[verdict.kind]++
    if (waiting.length === batchSize) await conclude()
  }
  if (waiting.length > 0) await conclude()
  const range = { from: filter.from.toISOString(), to: filter.to.toISOString() }
  return { ...range, applied: body.apply, items: [...items.values()].map(shown), ...counts }
}

async function* eventsOf(ctx: Ctx, filter: EventFilter): AsyncGenerator<ChargedEvent> {
  for (const day of await listBusyDays(ctx.db, filter)) {
    let after: ChargedEvent | undefined
    do {
      const events: ChargedEvent[] = await listChargedEventsOf(ctx.db, day, filter, after ?? null, pageSize)
      yield* events
      after = events.length === pageSize ? events.at(-1) : undefined
    } while (after)
  }
}

/** Judges again what it corrects: it may have been corrected meanwhile. */
async function correctBatch(ctx: Ctx, book: PriceBook, batch: Differing[]): Promise<Differing[]> {
  return await change(ctx, 'usage:correct', async (tx, audit) => {
    await lockCorrections(tx)
    const ids = batch.map((event) => event.id)
    const events = await listChargedEvents(tx, ids, null)
    const still = events.flatMap((event): Differing[] => {
      const verdict = judge(book, event)
      return verdict.kind === 'differs' ? [{ ...event, verdict }] : []
    })
    const made = still.map((event) => ({
      id: newId(),
      event,
      amountNanos: event.verdict.cost - (event.verdict.before ?? 0n),
      reason: event.verdict.reason,
      note: null,
      price: event.verdict.price,
    }))
    if (made.length > 0) await makeCorrections(tx, made, ctx.caller.userId, ctx.now())
    const byTenant = Map.groupBy(made, ({ event }) => event.tenant_id)
    // In the trail of every tenant whose charges it changed; of the caller's own where it found nothing left to change.
    for (const [tenantId, ofTenant] of byTenant.size > 0 ? byTenant : new Map([[ctx.caller.tenantId, []]])) {
      const amount = ofTenant.reduce((sum, { amountNanos }) => sum + amountNanos, 0n)
      audit({
        action: 'usage.rerated',
        tenantId,
        subject: { type: 'usage', id: null },
        after: { requests: ofTenant.length, amount: usdOfNanos(amount), correction_ids: ofTenant.map(({ id }) => id) },
      })
    }
    return still
  })
}

async function filterOf(ctx: Ctx, { from, to, provider, model, tenant_id }: Input['body']): Promise<EventFilter> {
  const { scope, tenantId, inRootTenant } = ctx.caller
  const range = { from: new Date(from), to: new Date(to) }
  if (range.from >= range.to) throw new Failure('invalid_input', 'range_invalid')
  if (scope !== 'all' && inRootTenant) throw new Failure('forbidden', 'correction_platform_only')
  const asked = tenant_id === undefined ? null : (await tenantInReach(ctx, tenant_id)).id
  return {
    ...range,
    tenantId: scope === 'all' ? asked : tenantId,
    payerId: scope === 'all' ? null : tenantId,
    provider: provider ?? null,
    model: model === undefined ? null : provider ? plainModel(provider, model) : model,
  }
}

type Item = Pick<ChargedEvent, 'provider' | 'model'> & { requests: number; oldNanos: bigint; newNanos: bigint }

function addTo(items: Map<string, Item>, { provider, model, verdict }: Differing): void {
  const key = `${provider} ${model}`
  const { requests, oldNanos, newNanos } = items.get(key) ?? { requests: 0, oldNanos: 0n, newNanos: 0n }
  items.set(key, {
    provider,
    model,
    requests: requests + 1,
    oldNanos: oldNanos + (verdict.before ?? 0n),
    newNanos: newNanos + verdict.cost,
  })
}

function shown({ provider, model, requests, oldNanos, newNanos }: Item) {
  return { provider, model, requests, old_cost: usdOfNanos(oldNanos), new_cost: usdOfNanos(newNanos) }
}
