import type { HeldLimit } from '../events.record.ts'
import { usage } from '@llm-manager/contract/usage'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../../platform/ids.ts'
import { ensurePartitions } from '../events.partitions.ts'
import { openCharges, type Charges } from './charges.fixture.ts'

let world: Charges
let cost: HeldLimit
let everybodysCost: HeldLimit
let tokens: HeldLimit
beforeAll(async () => {
  world = await openCharges()
  cost = await world.limit(world.api.admin.tenantId, 'cost')
  everybodysCost = await world.limit(world.api.root.tenantId, 'cost')
  tokens = await world.limit(world.api.admin.tenantId, 'tokens')
})
afterAll(() => world.close())

const posted = (limit: HeldLimit) => world.one('select posted from limit_counters where limit_id = $1', [limit.limit_id])
const range = { from: '2026-11-22T10:00:00Z', to: '2026-11-22T11:00:00Z' }
/** Half an hour, which is summed from the events themselves, and the whole hour from the roll-ups. */
const summaries = async (model: string) =>
  await Promise.all(
    [range, { ...range, from: '2026-11-22T10:29:00Z' }].map(async (each) => {
      const { requests, cost: sum, unknown_cost_requests } = await world.api.root(usage.summary, { query: { ...each, model } })
      return [requests, sum, unknown_cost_requests]
    }),
  )

describe('a correction', () => {
  test('counts in every cost limit that the call was settled under, in its hour, and nowhere else; the event stays as it was', async () => {
    const limits = [cost, everybodysCost, tokens]
    const id = await world.settle({ limits, model: 'corrected' })
    const before = [await posted(cost), await posted(everybodysCost), await posted(tokens)]
    expect(before).toEqual(['4500', '4500', '15'])
    const made = await world.api.root(usage.correct, { body: { event_id: id, cost: 0.000006, reason: 'invoice', note: 'Invoice 7' } })
    expect(made).toMatchObject({
      event_id: id,
      amount: 0.0000015,
      cost: 0.000006,
      was_unknown: false,
      reason: 'invoice',
      note: 'Invoice 7',
    })
    expect([await posted(cost), await posted(everybodysCost), await posted(tokens)]).toEqual(['6000', '6000', '15'])
    expect(await world.one('select cost_nanos from usage_events where id = $1', [id])).toBe('4500')
    expect(await summaries('corrected')).toEqual([
      [1, 0.000006, 0],
      [1, 0.000006, 0],
    ])
    const [listed] = (await world.api.admin(usage.events, { query: { ...range, model: 'corrected' } })).items
    expect(listed?.cost).toBe(0.000006)
    const told = await world.api.admin(usage.event, { params: { id } })
    expect(told).toMatchObject({
      cost: 0.000006,
      charged: 0.0000045,
      corrections: [{ id: made.id, amount: 0.0000015, made_by: world.api.root.userId }],
    })
    expect(await world.contradictions()).toEqual([])
  })

  test('can take back what was charged, again and again, but never more', async () => {
    const id = await world.settle({ limits: [cost], model: 'lowered' })
    const before = Number(await posted(cost))
    const correct = (change: { cost?: number; amount?: number }) =>
      world.api.root(usage.correct, { body: { event_id: id, reason: 'other', ...change } })
    expect(await correct({ amount: -0.000002 })).toMatchObject({ cost: 0.0000025 })
    expect(await correct({ amount: -0.0000025 })).toMatchObject({ cost: 0 })
    await expect(correct({ amount: -0.000000001 })).rejects.toMatchObject({ status: 422, code: 'rule_broken' })
    await expect(correct({ cost: 0 })).rejects.toMatchObject({ status: 422, message: 'A correção não mudaria nada' })
    expect(await correct({ cost: 0.000001 })).toMatchObject({ amount: 0.000001 })
    expect(Number(await posted(cost))).toBe(before - 3_500)
    expect(await summaries('lowered')).toEqual([
      [1, 0.000001, 0],
      [1, 0.000001, 0],
    ])
    expect(await world.contradictions()).toEqual([])
  })

  test('makes an unknown cost known, also one of nothing', async () => {
    const unknown = { cost_nanos: null, price: null, limits: [cost], model: 'unknown' }
    const [first, second] = [await world.settle(unknown), await world.settle(unknown)]
    expect(await summaries('unknown')).toEqual([
      [2, 0, 2],
      [2, 0, 2],
    ])
    const body = { event_id: first, cost: 0.000003, reason: 'price_was_unknown' } as const
    expect(await world.api.root(usage.correct, { body })).toMatchObject({ was_unknown: true, amount: 0.000003 })
    expect(await world.api.root(usage.correct, { body: { ...body, event_id: second, cost: 0 } })).toMatchObject({
      was_unknown: true,
      amount: 0,
    })
    expect(await summaries('unknown')).toEqual([
      [2, 0.000003, 0],
      [2, 0.000003, 0],
    ])
    expect((await world.api.root(usage.event, { params: { id: second } })).cost).toBe(0)
    expect(await world.contradictions()).toEqual([])
  })

  test('reaches the limits of a call that cost nothing', async () => {
    const id = await world.settle({ limits: [everybodysCost], cost_nanos: '0', model: 'free' })
    const before = Number(await posted(everybodysCost))
    await world.api.root(usage.correct, { body: { event_id: id, cost: 0.000001, reason: 'invoice' } })
    expect(Number(await posted(everybodysCost))).toBe(before + 1_000)
    expect(await world.contradictions()).toEqual([])
  })

  test('is not lost, and made once, when many come at once with more calls', async () => {
    const id = await world.settle({ limits: [cost, everybodysCost], model: 'crowded' })
    const before = Number(await posted(cost))
    await Promise.all([
      ...Array.from({ length: 10 }, () => world.api.root(usage.correct, { body: { event_id: id, amount: 0.000001, reason: 'other' } })),
      ...Array.from({ length: 10 }, () =>
        world.drain([world.event({ limits: [everybodysCost, cost], model: 'crowded', cost_nanos: '7' })]),
      ),
    ])
    expect(Number(await posted(cost))).toBe(before + 10_070)
    expect((await summaries('crowded'))[0]).toEqual([11, 0.00001457, 0])
    expect(await world.contradictions()).toEqual([])
  })

  test('does not keep a month from getting its partition', async () => {
    const id = await world.settle({ admitted_at: '2024-03-05T10:00:00.000Z', model: 'old' })
    await world.api.root(usage.correct, { body: { event_id: id, cost: 0.000009, reason: 'invoice' } })
    await ensurePartitions(world.db, new Date('2024-03-05T10:00:00Z'))
    expect(await world.one('select count(*) from usage_events_2024_03')).toBe('1')
    expect((await world.api.root(usage.event, { params: { id } })).cost).toBe(0.000009)
  })
})

describe('who may correct', () => {
  const body = (event_id: string) => ({ event_id, cost: 0.000001, reason: 'other' as const })

  test('an administrator what was billed to the keys of their tenant', async () => {
    const id = await world.settle()
    await expect(world.api.admin(usage.correct, { body: body(id) })).resolves.toMatchObject({
      cost: 0.000001,
      made_by: world.api.admin.userId,
    })
    const trail = await world.api.sql(
      "select tenant_id, before, after from audit_events where action = 'usage.corrected' and subject_id = $1",
      [id],
    )
    expect(trail).toMatchObject([
      { tenant_id: world.api.admin.tenantId, before: { cost: 0.0000045 }, after: { cost: 0.000001, reason: 'other' } },
    ])
  })

  test('but not what the installation charges, which is recorded as an attempt', async () => {
    const id = await world.settle({ provider_key_tenant_id: world.api.root.tenantId })
    await expect(world.api.admin(usage.correct, { body: body(id) })).rejects.toMatchObject({
      status: 403,
      message: 'Só um administrador da plataforma pode corrigir o que foi cobrado em chaves da instalação',
    })
    const [attempt] = await world.api.sql('select outcome from audit_events where subject_id = $1', [id])
    expect(attempt).toEqual({ outcome: 'refused' })
    await expect(world.api.root(usage.correct, { body: body(id) })).resolves.toBeDefined()
  })

  test('nobody else, and nobody what is not there', async () => {
    const id = await world.settle()
    await expect(world.api.stranger(usage.correct, { body: body(id) })).rejects.toMatchObject({
      status: 404,
      message: 'Evento não encontrado',
    })
    await expect(world.api.member(usage.correct, { body: body(id) })).rejects.toMatchObject({ status: 403 })
    await expect(world.api.viewer(usage.correct, { body: body(id) })).rejects.toMatchObject({ status: 403 })
    await expect(world.api.root(usage.correct, { body: body(newId()) })).rejects.toMatchObject({ status: 404 })
    const rootAdmin = await world.api.newActor('admin', world.api.root.tenantId)
    const ofRoot = await world.settle({ tenant_id: world.api.root.tenantId, provider_key_tenant_id: world.api.root.tenantId })
    await expect(rootAdmin(usage.correct, { body: body(ofRoot) })).rejects.toMatchObject({ status: 403 })
  })

  test.each<[string, Record<string, unknown>]>([
    ['neither a cost nor an amount', {}],
    ['both', { cost: 1, amount: 1 }],
    ['a cost below nothing', { cost: -1 }],
    ['ten decimals', { amount: 0.0000000001 }],
  ])('%s is refused', async (_what, figures) => {
    const answer = await world.api.fetch('/api/usage/corrections', {
      as: world.api.root,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ event_id: newId(), reason: 'other', ...figures }),
    })
    expect(answer.status).toBe(400)
  })
})
