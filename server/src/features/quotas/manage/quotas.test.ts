import { accessKeys } from '@llm-manager/contract/access-keys'
import { agents } from '@llm-manager/contract/agents'
import type { Sent } from '@llm-manager/contract/endpoint'
import { groups } from '@llm-manager/contract/groups'
import { quotas } from '@llm-manager/contract/quotas'
import { systemKeys } from '@llm-manager/contract/system-keys'
import { userKeys } from '@llm-manager/contract/user-keys'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type Actor, type TestApi } from '../../../../test/harness.ts'
import { newId } from '../../../platform/ids.ts'

/** A Monday, in the morning of São Paulo. */
let clock = new Date('2026-06-15T12:30:15.500Z')
let api: TestApi
beforeAll(async () => {
  api = await startTestApi({ now: () => clock })
})
afterAll(() => api.close())

const nobody = '01890000-0000-7000-8000-000000000000'
const missing = { status: 404, code: 'not_found', message: 'Limite não encontrado' }
const noSubject = { status: 404, code: 'not_found', message: 'O alvo do limite não foi encontrado' }
const openai = { provider: 'openai', api_key: 'sk-good-0123456789' } as const

type Wish = Sent<typeof quotas.create>['body']
const set = (actor: Actor, subject_type: Wish['subject_type'], subject_id: string, more: Partial<Wish> = {}) =>
  actor(quotas.create, { body: { subject_type, subject_id, metric: 'cost', amount: 25, ...more } })
const newAgent = (actor: Actor) => actor(agents.create, { body: { name: 'Agente' } })
const idsOf = ({ items }: { items: { id: string }[] }) => items.map(({ id }) => id)

/** Writes what gateways would have: the counter of a window. */
async function count(quota: { id: string; tenant_id: string }, windowStart: string, posted: bigint, leased = 0n): Promise<void> {
  await api.sql(
    `insert into limit_counters (tenant_id, limit_id, window_start, posted, leased) values ($1, $2, $3, $4, $5)
     on conflict (tenant_id, limit_id, window_start) do update set posted = excluded.posted, leased = excluded.leased`,
    [quota.tenant_id, quota.id, windowStart, posted, leased],
  )
}

async function enter(
  quota: { id: string; tenant_id: string },
  windowStart: string,
  kind: string,
  event: string,
  amount: bigint,
): Promise<void> {
  await api.sql(
    `insert into ledger_entries (tenant_id, admitted_at, event_id, limit_id, window_start, kind, amount, correction_id)
     values ($1, $3, $5, $2, $3, $4, $6, gen_random_uuid())`,
    [quota.tenant_id, quota.id, windowStart, kind, event, amount],
  )
}

describe('setting a limit', () => {
  test('says all there is to say of it', async () => {
    const made = await api.admin(quotas.create, {
      body: {
        subject_type: 'user',
        subject_id: api.member.userId,
        metric: 'cost',
        amount: 25.000000001,
        window: 'month',
        timezone: 'america/sao_paulo',
        hard: false,
        thresholds: [1, 0.5, 0.8, 0.5],
        provider: 'openai',
        model: 'gpt-4o-mini',
      },
    })
    expect(made).toEqual({
      id: made.id,
      tenant_id: api.admin.tenantId,
      subject_type: 'user',
      subject_id: api.member.userId,
      subject_name: 'member',
      metric: 'cost',
      amount: 25.000000001,
      window: 'month',
      timezone: 'America/Sao_Paulo',
      anchor: null,
      hard: false,
      thresholds: [0.5, 0.8, 1],
      provider: 'openai',
      model: 'gpt-4o-mini',
      origin: 'quota',
      imposed: false,
      window_start: '2026-06-01T03:00:00.000Z',
      resets_at: '2026-07-01T03:00:00.000Z',
      used: 0,
      reserved: 0,
      unproved: 0,
      created_at: '2026-06-15T12:30:15.500Z',
      updated_at: null,
    })
    expect(await api.admin(quotas.get, { params: made })).toEqual(made)
    expect(await api.sql('select amount, origin, hard from limits where id = $1', [made.id])).toEqual([
      { amount: 25_000_000_001n, origin: 'quota', hard: false },
    ])
  })

  test('takes what is usual where nothing is said', async () => {
    expect(await set(api.admin, 'agent', (await newAgent(api.admin)).id)).toMatchObject({
      window: 'total',
      timezone: 'UTC',
      anchor: null,
      hard: true,
      thresholds: [0.8, 1],
      provider: null,
      model: null,
      window_start: '1970-01-01T00:00:00.000Z',
      resets_at: null,
    })
  })

  test('reaches everything of one’s own tenant', async () => {
    const agent = await newAgent(api.member)
    const group = await api.admin(groups.create, { body: { name: 'Equipe' } })
    const [accessKey, systemKey, userKey] = await Promise.all([
      api.member(accessKeys.create, { body: { name: 'Chave' } }),
      api.admin(systemKeys.create, { body: { ...openai, name: 'Do tenant' } }),
      api.member(userKeys.create, { body: { ...openai, name: 'Da pessoa' } }),
    ])
    const { tenantId } = api.admin
    expect(await set(api.admin, 'tenant', tenantId)).toMatchObject({ tenant_id: tenantId, subject_name: 'Tenant enterprise' })
    expect(await set(api.admin, 'group', group.id)).toMatchObject({ tenant_id: tenantId, subject_name: 'Equipe' })
    expect(await set(api.admin, 'agent', agent.id)).toMatchObject({ tenant_id: tenantId, subject_name: 'Agente' })
    expect(await set(api.admin, 'access_key', accessKey.id)).toMatchObject({ tenant_id: tenantId, subject_name: 'Chave' })
    expect(await set(api.admin, 'provider_key', systemKey.id)).toMatchObject({ tenant_id: tenantId, subject_name: 'Do tenant' })
    expect(await set(api.admin, 'provider_key', userKey.id)).toMatchObject({
      tenant_id: tenantId,
      subject_name: 'Da pessoa',
      imposed: false,
    })
  })

  test('finds nothing of others, nothing that is gone, and nothing under the name of another kind', async () => {
    const agent = await newAgent(api.admin)
    const gone = await newAgent(api.admin)
    await api.admin(agents.remove, { params: gone })
    const installation = await api.root(systemKeys.create, { body: openai })
    for (const [type, id] of [
      ['tenant', api.stranger.tenantId],
      ['tenant', api.root.tenantId],
      ['user', api.stranger.userId],
      ['agent', (await newAgent(api.stranger)).id],
      ['agent', gone.id],
      ['group', agent.id],
      ['provider_key', installation.id],
      ['access_key', nobody],
    ] as const)
      await expect(set(api.admin, type, id), `${type} ${id}`).rejects.toMatchObject(noSubject)
    await expect(set(api.root, 'agent', nobody)).rejects.toMatchObject(noSubject)
    expect(await set(api.root, 'provider_key', installation.id)).toMatchObject({ tenant_id: api.root.tenantId, imposed: false })
  })

  test('is for administrators', async () => {
    for (const actor of [api.member, api.viewer])
      await expect(set(actor, 'user', actor.userId)).rejects.toMatchObject({ status: 403, code: 'forbidden' })
  })

  test('is refused with the reason where the wish makes no sense', async () => {
    const agent = await newAgent(api.admin)
    const wishes: [Partial<Wish>, object][] = [
      [
        { metric: 'parallel', amount: 2, window: 'minute' },
        { status: 422, message: 'Chamadas simultâneas não têm janela: use window total' },
      ],
      [{ anchor: '2026-06-01T00:00:00Z' }, { status: 422, message: 'Um limite sobre o total não tem janelas: anchor não se aplica' }],
      [
        { metric: 'parallel', amount: 2, anchor: '2026-06-01T00:00:00Z' },
        { status: 422, message: 'Um limite sobre o total não tem janelas: anchor não se aplica' },
      ],
      [{ timezone: 'Mars/Olympus' }, { status: 400, message: 'Fuso horário desconhecido: Mars/Olympus' }],
      [{ timezone: '+03:00' }, { status: 400, message: 'Fuso horário desconhecido: +03:00' }],
      [
        { metric: 'tokens', amount: 1.5 },
        { status: 400, errors: [{ path: 'amount', reason: 'deve ser um número inteiro' }] },
      ],
      [{ amount: 0.0000000001 }, { status: 400, errors: [{ path: 'amount', reason: 'no máximo 9 casas decimais' }] }],
      [{ amount: 1_000_000_001 }, { status: 400, errors: [{ path: 'amount', reason: 'valor acima do máximo (1000000000)' }] }],
    ]
    for (const [wish, refusal] of wishes) await expect(set(api.admin, 'agent', agent.id, wish)).rejects.toMatchObject(refusal)
    expect((await api.admin(quotas.list, { query: { subject_id: agent.id } })).items).toEqual([])
    expect(await set(api.admin, 'agent', agent.id, { metric: 'tokens', amount: 9_007_199_254_740_991 })).toMatchObject({
      amount: 9_007_199_254_740_991,
    })
  })

  test('makes one limit of a kind, and others beside it', async () => {
    const { id } = await newAgent(api.admin)
    const month = { window: 'month', timezone: 'UTC', model: 'm' } as const
    const first = await set(api.admin, 'agent', id, month)
    const taken = { status: 409, code: 'conflict', message: 'Já existe um limite igual para este alvo' }
    await expect(set(api.admin, 'agent', id, { ...month, amount: 30, hard: false })).rejects.toMatchObject(taken)
    for (const other of [
      { ...month, model: null },
      { ...month, provider: 'groq' },
      { ...month, metric: 'tokens' },
      { ...month, timezone: 'America/Sao_Paulo' },
      { ...month, window: 'day' },
      { ...month, anchor: '2026-06-05T00:00:00Z' },
    ] as const)
      await set(api.admin, 'agent', id, other)
    await expect(set(api.admin, 'agent', id, { ...month, anchor: '2026-06-05T00:00:00.000Z' })).rejects.toMatchObject(taken)
    await api.admin(quotas.remove, { params: first })
    await set(api.admin, 'agent', id, month)
  })

  test('twice at the same moment makes one', async () => {
    const { id } = await newAgent(api.admin)
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => set(api.admin, 'agent', id)))
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected'])
    expect((await api.admin(quotas.list, { query: { subject_id: id } })).items).toHaveLength(1)
  })
})

describe('who sees a limit', () => {
  test('is whom it concerns, and who answers for the tenant', async () => {
    const tenantId = await api.newTenant('enterprise')
    const [admin, viewer, one, two] = await Promise.all(
      (['admin', 'viewer', 'member', 'member'] as const).map((role) => api.newActor(role, tenantId)),
    )
    const [ours, theirs] = [await admin!(groups.create, { body: { name: 'A' } }), await admin!(groups.create, { body: { name: 'B' } })]
    await admin!(groups.addMember, { params: ours, body: { user_id: one!.userId } })
    await admin!(groups.addMember, { params: theirs, body: { user_id: two!.userId } })
    const agent = await newAgent(one!)
    const ofAgent = await one!(accessKeys.create, { body: { name: 'K', agent_id: agent.id } })
    const own = await one!(accessKeys.create, { body: { name: 'K' } })
    const userKey = await one!(userKeys.create, { body: openai })
    const systemKey = await admin!(systemKeys.create, { body: openai })
    const forBoth = [await set(admin!, 'tenant', tenantId)]
    const forOne = [
      await set(admin!, 'user', one!.userId),
      await set(admin!, 'group', ours.id),
      await set(admin!, 'agent', agent.id),
      await set(admin!, 'access_key', ofAgent.id),
      await set(admin!, 'access_key', own.id),
      await set(admin!, 'provider_key', userKey.id),
    ]
    const forTwo = [await set(admin!, 'user', two!.userId), await set(admin!, 'group', theirs.id)]
    const forNeither = [await set(admin!, 'provider_key', systemKey.id)]
    const ids = (...lists: { id: string }[][]) => lists.flat().map(({ id }) => id)
    expect(idsOf(await admin!(quotas.list, {}))).toEqual(ids(forBoth, forOne, forTwo, forNeither))
    expect(idsOf(await viewer!(quotas.list, {}))).toEqual(ids(forBoth, forOne, forTwo, forNeither))
    expect(idsOf(await one!(quotas.list, {}))).toEqual(ids(forBoth, forOne))
    expect(idsOf(await two!(quotas.list, {}))).toEqual(ids(forBoth, forTwo))
    expect(idsOf(await api.root(quotas.list, { query: { tenant_id: tenantId } }))).toEqual(ids(forBoth, forOne, forTwo, forNeither))
    expect(idsOf(await api.stranger(quotas.list, {}))).toEqual([])
    await expect(api.stranger(quotas.list, { query: { tenant_id: tenantId } })).rejects.toMatchObject({ status: 404 })
    for (const quota of [...forOne, ...forNeither]) {
      await expect(two!(quotas.get, { params: quota })).rejects.toMatchObject(missing)
      await expect(api.stranger(quotas.get, { params: quota })).rejects.toMatchObject(missing)
      await expect(api.stranger(quotas.history, { params: quota })).rejects.toMatchObject(missing)
      await expect(api.stranger(quotas.change, { params: quota, body: { amount: 1 } })).rejects.toMatchObject(missing)
      await expect(api.stranger(quotas.remove, { params: quota })).rejects.toMatchObject(missing)
    }
    await admin!(groups.removeMember, { params: { id: ours.id, user_id: one!.userId } })
    await expect(one!(quotas.get, { params: forOne[1]! })).rejects.toMatchObject(missing)
  })

  test('finds it by what it is on and what it counts, page by page', async () => {
    const admin = await api.newActor('admin', await api.newTenant('free'))
    const [one, two] = [await newAgent(admin), await newAgent(admin)]
    const made = [
      await set(admin, 'agent', one.id),
      await set(admin, 'agent', one.id, { metric: 'tokens' }),
      await set(admin, 'agent', two.id),
      await set(admin, 'user', admin.userId),
    ].map(({ id }) => id)
    const found = async (query: Sent<typeof quotas.list>['query']) => idsOf(await admin(quotas.list, { query }))
    expect(await found({ subject_id: one.id })).toEqual([made[0], made[1]])
    expect(await found({ subject_type: 'agent', metric: 'cost' })).toEqual([made[0], made[2]])
    expect(await found({ subject_type: 'user' })).toEqual([made[3]])
    expect(await found({ subject_id: nobody })).toEqual([])
    const first = await admin(quotas.list, { query: { limit: 3 } })
    expect([idsOf(first), await found({ limit: 3, cursor: first.next_cursor! })]).toEqual([made.slice(0, 3), made.slice(3)])
  })

  test('sees it no longer when what it is on is gone', async () => {
    const agent = await newAgent(api.admin)
    const quota = await set(api.admin, 'agent', agent.id)
    await api.admin(agents.remove, { params: agent })
    await expect(api.admin(quotas.get, { params: quota })).rejects.toMatchObject(missing)
    expect(idsOf(await api.admin(quotas.list, { query: { subject_id: agent.id } }))).toEqual([])
  })
})

describe('the usage limit of a provider key', () => {
  test('is listed once it has an amount, and is changed at the key alone', async () => {
    const key = await api.admin(systemKeys.create, { body: { ...openai, name: 'Limitada' } })
    const listed = async () => (await api.admin(quotas.list, { query: { subject_id: key.id } })).items
    expect(await listed()).toEqual([])
    await api.admin(systemKeys.change, { params: key, body: { usage_limit: 12.5 } })
    const [quota] = await listed()
    expect(quota).toMatchObject({ origin: 'usage_limit', subject_name: 'Limitada', metric: 'cost', window: 'total', amount: 12.5 })
    const elsewhere = { status: 409, code: 'conflict', message: 'Este limite é o usage_limit da chave: altere-o na própria chave' }
    for (const actor of [api.admin, api.root]) {
      await expect(actor(quotas.change, { params: quota!, body: { amount: 1 } })).rejects.toMatchObject(elsewhere)
      await expect(actor(quotas.remove, { params: quota! })).rejects.toMatchObject(elsewhere)
    }
    await expect(set(api.admin, 'provider_key', key.id)).rejects.toMatchObject({ status: 409 })
    const daily = await set(api.admin, 'provider_key', key.id, { window: 'day' })
    await api.admin(systemKeys.change, { params: key, body: { usage_limit: null } })
    expect(await listed()).toMatchObject([{ id: daily.id, origin: 'quota' }])
  })
})

describe('a limit that was set from above', () => {
  test('is seen by the tenant, and changed from above alone', async () => {
    const agent = await newAgent(api.admin)
    const quota = await set(api.root, 'agent', agent.id)
    expect(quota).toMatchObject({ imposed: true, tenant_id: api.admin.tenantId })
    expect(await api.admin(quotas.get, { params: quota })).toEqual(quota)
    const above = { status: 403, code: 'forbidden', message: expect.stringContaining('definido pela plataforma') }
    await expect(api.admin(quotas.change, { params: quota, body: { amount: 1000 } })).rejects.toMatchObject(above)
    await expect(api.admin(quotas.change, { params: quota, body: { usage: 'start_over' } })).rejects.toMatchObject(above)
    await expect(api.admin(quotas.remove, { params: quota })).rejects.toMatchObject(above)
    expect(await api.root(quotas.change, { params: quota, body: { amount: 50 } })).toMatchObject({ amount: 50, imposed: true })
    const ours = await set(api.admin, 'agent', agent.id, { window: 'day' })
    await api.root(quotas.change, { params: ours, body: { amount: 5 } })
    expect(await api.admin(quotas.change, { params: ours, body: { amount: 6 } })).toMatchObject({ amount: 6, imposed: false })
    await api.root(quotas.remove, { params: quota })
    await expect(api.admin(quotas.get, { params: quota })).rejects.toMatchObject(missing)
  })
})

describe('what is used of a limit', () => {
  test('is what is posted and leased of the current window alone, in the unit of its metric', async () => {
    const agent = await newAgent(api.admin)
    const cost = await set(api.admin, 'agent', agent.id, { window: 'day' })
    const tokens = await set(api.admin, 'agent', agent.id, {
      metric: 'tokens',
      amount: 1000,
      window: 'day',
      anchor: '2026-06-10T18:00:00Z',
    })
    const parallel = await set(api.admin, 'agent', agent.id, { metric: 'parallel', amount: 3 })
    await count(cost, '2026-06-15T00:00:00Z', 1_234_567_890n, 500_000_000n)
    await count(cost, '2026-06-14T00:00:00Z', 9_000_000_000n, 7n)
    await count(tokens, '2026-06-14T18:00:00Z', 700n, 200n)
    await count(parallel, '1970-01-01T00:00:00Z', 0n, 2n)
    const { items } = await api.admin(quotas.list, { query: { subject_id: agent.id } })
    expect(items).toMatchObject([
      { window_start: '2026-06-15T00:00:00.000Z', resets_at: '2026-06-16T00:00:00.000Z', used: 1.23456789, reserved: 0.5, unproved: 0 },
      { window_start: '2026-06-14T18:00:00.000Z', resets_at: '2026-06-15T18:00:00.000Z', used: 700, reserved: 200, unproved: 0 },
      { window_start: '1970-01-01T00:00:00.000Z', resets_at: null, used: 0, reserved: 2, unproved: 0 },
    ])
    expect(await api.admin(quotas.get, { params: cost })).toEqual(items[0])
  })

  test('says which part was charged without proof, less what was corrected of it', async () => {
    const quota = await set(api.admin, 'agent', (await newAgent(api.admin)).id, { window: 'day' })
    const [lost, found, event] = [newId(), newId(), newId()]
    await api.sql('insert into epochs (id, started_at, expires_at, blocked_at) select unnest($1::uuid[]), now(), now(), now()', [
      [lost, found],
    ])
    const [today, yesterday] = ['2026-06-15T00:00:00Z', '2026-06-14T00:00:00Z']
    await enter(quota, today, 'settle', event, 1_000_000_000n)
    await enter(quota, today, 'correction', event, -250_000_000n)
    await enter(quota, today, 'abandoned', lost, 300_000_000n)
    await enter(quota, today, 'abandoned', found, 400_000_000n)
    await enter(quota, today, 'correction', found, -390_000_000n)
    await enter(quota, yesterday, 'abandoned', lost, 2_000_000_000n)
    await count(quota, today, 1_060_000_000n)
    await count(quota, yesterday, 2_000_000_000n)
    expect(await api.admin(quotas.get, { params: quota })).toMatchObject({ used: 1.06, unproved: 0.31 })
    expect((await api.admin(quotas.history, { params: quota })).items).toMatchObject([
      { used: 1.06, unproved: 0.31 },
      { used: 2, unproved: 2 },
    ])
  })
})

describe('changing a limit', () => {
  test('changes what is named and keeps what is used', async () => {
    const quota = await set(api.admin, 'agent', (await newAgent(api.admin)).id, { window: 'day' })
    await count(quota, '2026-06-15T00:00:00Z', 20_000_000_000n)
    const changed = await api.admin(quotas.change, { params: quota, body: { amount: 10, thresholds: [1, 0.9] } })
    expect(changed).toEqual({ ...quota, amount: 10, thresholds: [0.9, 1], used: 20, updated_at: clock.toISOString() })
    expect(await api.admin(quotas.change, { params: quota, body: { hard: false } })).toEqual({ ...changed, hard: false })
    await expect(api.admin(quotas.change, { params: quota, body: { amount: 1e9 + 1 } })).rejects.toMatchObject({ status: 400 })
    const tokens = await set(api.admin, 'agent', quota.subject_id, { metric: 'tokens', amount: 5 })
    await expect(api.admin(quotas.change, { params: tokens, body: { amount: 0.5 } })).rejects.toMatchObject({ status: 400 })
  })

  test('leaves the windows that are over with the amount that they had', async () => {
    const quota = await set(api.admin, 'agent', (await newAgent(api.admin)).id, { window: 'minute' })
    await api.admin(quotas.change, { params: quota, body: { amount: 30 } })
    await count(quota, quota.window_start, 1_000_000_000n)
    clock = new Date(clock.getTime() + 60_000)
    await api.admin(quotas.change, { params: quota, body: { amount: 40 } })
    expect((await api.admin(quotas.history, { params: quota })).items.map(({ amount }) => amount)).toEqual([40, 30])
    await api.admin(quotas.change, { params: quota, body: { amount: 50, usage: 'start_over' } })
    expect((await api.admin(quotas.history, { params: quota })).items.map(({ amount }) => amount)).toEqual([50, 30])
  })

  test('counts anew from now on when it is to start over, and what was used stays', async () => {
    const quota = await set(api.admin, 'agent', (await newAgent(api.admin)).id, { window: 'month' })
    await count(quota, '2026-06-01T00:00:00Z', 24_000_000_000n, 1_000_000_000n)
    const restartedAt = clock.toISOString()
    const restarted = await api.admin(quotas.change, { params: quota, body: { usage: 'start_over' } })
    expect(restarted).toMatchObject({ window_start: restartedAt, resets_at: '2026-07-01T00:00:00.000Z', used: 0, reserved: 0 })
    await count(quota, restartedAt, 3_000_000_000n)
    clock = new Date(clock.getTime() + 60_000)
    const again = await api.admin(quotas.change, { params: quota, body: { usage: 'start_over' } })
    expect(again).toMatchObject({ window_start: clock.toISOString(), used: 0 })
    expect((await api.admin(quotas.history, { params: quota })).items).toEqual([
      { window_start: clock.toISOString(), window_end: '2026-07-01T00:00:00.000Z', amount: 25, used: 0, unproved: 0, is_current: true },
      { window_start: restartedAt, window_end: clock.toISOString(), amount: 25, used: 3, unproved: 0, is_current: false },
      { window_start: '2026-06-01T00:00:00.000Z', window_end: restartedAt, amount: 25, used: 24, unproved: 0, is_current: false },
    ])
  })

  test('waits for who is giving room in its window', async () => {
    const quota = await set(api.admin, 'agent', (await newAgent(api.admin)).id, { window: 'day' })
    await count(quota, '2026-06-15T00:00:00Z', 0n)
    const giving = new pg.Client({ connectionString: api.databaseUrl })
    await giving.connect()
    try {
      await giving.query('begin')
      await giving.query('select lock_counters($1)', [
        JSON.stringify([{ tenant_id: quota.tenant_id, limit_id: quota.id, window_start: '2026-06-15T00:00:00Z' }]),
      ])
      let isDone = false
      const changing = api.admin(quotas.change, { params: quota, body: { amount: 10 } }).finally(() => (isDone = true))
      const isWaiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
      while ((await api.sql(isWaiting)).length === 0) expect(isDone).toBe(false)
      expect((await giving.query('select amount from limits where id = $1', [quota.id])).rows).toEqual([{ amount: 25_000_000_000n }])
      await giving.query('commit')
      expect(await changing).toMatchObject({ amount: 10 })
    } finally {
      await giving.end()
    }
  })

  test('is audited with what was before and after, in the trail of its tenant', async () => {
    const quota = await set(api.root, 'agent', (await newAgent(api.admin)).id)
    await api.root(quotas.change, { params: quota, body: { amount: 30 } })
    await api.root(quotas.remove, { params: quota })
    const rows = await api.sql('select tenant_id, actor_id, action, before, after from audit_events where subject_id = $1 order by id', [
      quota.id,
    ])
    const whose = { tenant_id: api.admin.tenantId, actor_id: api.root.userId }
    expect(rows).toMatchObject([
      { ...whose, action: 'quota.created', before: null, after: { metric: 'cost', amount: 25, window: 'total', imposed: true } },
      { ...whose, action: 'quota.changed', before: { amount: 25 }, after: { amount: 30 } },
      { ...whose, action: 'quota.removed', before: { amount: 30 }, after: null },
    ])
  })
})

describe('the history of a limit', () => {
  test('holds the windows in which something was used and the current one, newest first, page by page', async () => {
    const quota = await set(api.admin, 'agent', (await newAgent(api.admin)).id, { window: 'day', timezone: 'America/Sao_Paulo' })
    await count(quota, '2026-06-12T03:00:00Z', 1_000_000_000n)
    await count(quota, '2026-06-13T03:00:00Z', 0n)
    await count(quota, '2026-06-14T03:00:00Z', 2_500_000_000n)
    const first = await api.admin(quotas.history, { params: quota, query: { limit: 2 } })
    const second = await api.admin(quotas.history, { params: quota, query: { limit: 2, cursor: first.next_cursor! } })
    const day = (date: number) => ({ window_start: `2026-06-${date}T03:00:00.000Z`, window_end: `2026-06-${date + 1}T03:00:00.000Z` })
    expect(first.items).toEqual([
      { ...day(15), amount: 25, used: 0, unproved: 0, is_current: true },
      { ...day(14), amount: 25, used: 2.5, unproved: 0, is_current: false },
    ])
    expect(second).toEqual({ items: [{ ...day(12), amount: 25, used: 1, unproved: 0, is_current: false }], next_cursor: null })
    for (const cursor of ['x', Buffer.from('2026').toString('base64url'), Buffer.from(nobody).toString('base64url')])
      await expect(api.admin(quotas.history, { params: quota, query: { cursor } })).rejects.toMatchObject({ status: 400 })
  })

  test('stays when the limit is lifted', async () => {
    const quota = await set(api.admin, 'agent', (await newAgent(api.admin)).id, { window: 'day' })
    await count(quota, '2026-06-14T00:00:00Z', 2_000_000_000n)
    await api.admin(quotas.remove, { params: quota })
    await expect(api.admin(quotas.get, { params: quota })).rejects.toMatchObject(missing)
    await expect(api.admin(quotas.remove, { params: quota })).rejects.toMatchObject(missing)
    await expect(api.admin(quotas.change, { params: quota, body: { amount: 1 } })).rejects.toMatchObject(missing)
    expect(idsOf(await api.admin(quotas.list, { query: { subject_id: quota.subject_id } }))).toEqual([])
    expect((await api.admin(quotas.history, { params: quota })).items).toMatchObject([
      { window_start: '2026-06-14T00:00:00.000Z', used: 2, is_current: false },
    ])
    await expect(api.stranger(quotas.history, { params: quota })).rejects.toMatchObject(missing)
  })
})
