import { accessKeys } from '@llm-manager/contract/access-keys'
import { systemKeys } from '@llm-manager/contract/system-keys'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { message, openWorld, type World } from './test-kit.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

/** `{"model":"openai/gpt-4o-mini","max_tokens":100,"messages":[{"role":"user","content":"…"}]}` */
const body = (content: string, cap = 100) => ({ model: 'openai/gpt-4o-mini', max_tokens: cap, messages: message(content) })

/**
 * The most that a call can cost: each byte of its body a token, and 64 for what templates add; at 0.15 and 0.6 dollars a million,
 * that is 150 and 600 nano-dollars a token.
 */
const worstOf = (request: object, cap: number) => (Buffer.byteLength(JSON.stringify(request)) + 64) * 150 + cap * 600

/** Amount, posted and the sum of all entries of a provider key's limit; the database's own account, apart from the gateway's. */
async function accountOf(keyId: string): Promise<{ posted: number; entries: number; events: number; rollups: number }> {
  const [row] = await world.api.sql<Record<string, string>>(
    `select coalesce((select sum(c.posted) from limit_counters c where c.limit_id = l.id), 0) as posted,
      coalesce((select sum(e.amount) from ledger_entries e where e.limit_id = l.id), 0) as entries,
      coalesce((select sum(cost_nanos) from usage_events where provider_key_id = $1), 0) as events,
      coalesce((select sum(cost_nanos) from usage_rollups where provider_key_id = $1), 0) as rollups
    from limits l where l.subject_id = $1`,
    [keyId],
  )
  return { posted: Number(row?.posted), entries: Number(row?.entries), events: Number(row?.events), rollups: Number(row?.rollups) }
}

test('of 64 calls at once, exactly as many pass as the budget holds', async () => {
  const request = body('count me [[words=50 latency_ms=300]]')
  const worst = worstOf(request, 100)
  // Room for seven, and for all but one nano-dollar of an eighth.
  const { id, key } = await world.bound('openai', 'seven', { usage_limit: (worst * 8 - 1) / 1e9 })
  const statuses = await Promise.all(
    Array.from({ length: 64 }, async () => (await world.post('/v1/chat/completions', key, request)).status),
  )
  expect(statuses.filter((status) => status === 200)).toHaveLength(7)
  expect(statuses.filter((status) => status === 402)).toHaveLength(57)
  const events = await world.events(id, 7)
  expect(events.map((event) => event.reserved_nanos)).toEqual(Array(7).fill(String(worst)))
  const account = await accountOf(id)
  // 36 bytes: 9 + 3 = 12 tokens; 12 × 150 + 50 × 600 = 31800 nano-dollars, seven times.
  expect(account).toEqual({ posted: 222_600, entries: 222_600, events: 222_600, rollups: 222_600 })
})

test('small calls one after another are never refused while one more reservation fits', async () => {
  const request = body('again [[words=1]]')
  const worst = worstOf(request, 100)
  // 17 bytes: 5 + 3 = 8 tokens; 8 × 150 + 1 × 600 = 1800 nano-dollars each. Room for one reservation after five of them.
  const { id, key } = await world.bound('openai', 'sequence', { usage_limit: (worst + 5 * 1800) / 1e9 })
  for (let call = 0; call < 6; call++) expect((await world.post('/v1/chat/completions', key, request)).status).toBe(200)
  const refused = await world.post('/v1/chat/completions', key, request)
  expect(refused.status).toBe(402)
  // Used is the limit less what could still be reserved: six calls.
  expect(((await refused.json()) as { error: unknown }).error).toMatchObject({ used: 0.0000108, limit: (worst + 9000) / 1e9 })
  await world.events(id, 6)
  expect((await accountOf(id)).posted).toBe(10_800)
})

test('what a provider bills above the reservation is posted, and stops the next call', async () => {
  const request = body('more [[words=10 usage_excess=5000]]', 100)
  const { id, key } = await world.bound('openai', 'excess', { usage_limit: (worstOf(request, 100) + 1) / 1e9 })
  expect((await world.post('/v1/chat/completions', key, request)).status).toBe(200)
  const [event] = await world.events(id, 1)
  // 35 bytes: 9 + 3 = 12 tokens; the cap and 5000 more: 12 × 150 + 5100 × 600 = 3061800 nano-dollars.
  expect(event?.cost_nanos).toBe('3061800')
  expect((await accountOf(id)).posted).toBe(3_061_800)
  expect((await world.post('/v1/chat/completions', key, request)).status).toBe(402)
})

test('a limit that is raised, lowered or taken away counts from that answer on', async () => {
  const request = body('change')
  const { id, key } = await world.bound('openai', 'raised', { usage_limit: 0.000001 })
  const status = async () => (await world.post('/v1/chat/completions', key, request)).status
  expect(await status()).toBe(402)
  await world.api.root(systemKeys.change, { params: { id }, body: { usage_limit: 1, validate: false } })
  expect(await status()).toBe(200)
  await world.api.root(systemKeys.change, { params: { id }, body: { usage_limit: 0, validate: false } })
  expect(await status()).toBe(402)
  await world.api.root(systemKeys.change, { params: { id }, body: { usage_limit: null, validate: false } })
  expect(await status()).toBe(200)
})

test('under a limit an answer without a cap gets one; without a limit the request goes as it came', async () => {
  const uncapped = { model: 'openai/gpt-4o-mini', messages: message('long [[words=20000]]') }
  const limited = await world.bound('openai', 'capped', { usage_limit: 10 })
  await world.post('/v1/chat/completions', limited.key, uncapped)
  // The longest answer of this model, as its maker publishes it.
  expect((await world.events(limited.id, 1))[0]).toMatchObject({ tokens_output: '16384' })
  expect(Number((await world.events(limited.id, 1))[0]?.reserved_nanos)).toBeGreaterThan(16_384 * 600)
  const reasoning = await world.bound('openai', 'reasoning', { usage_limit: 10 })
  const answer = await world
    .openai(reasoning.key)
    .chat.completions.create({ model: 'gpt-5-mini', max_completion_tokens: 30, messages: message('think [[reasoning=20 words=20]]') })
  expect(answer.choices[0]?.finish_reason).toBe('length')
  expect((await world.events(reasoning.id, 1))[0]).toMatchObject({ tokens_output: '10', tokens_reasoning: '20' })
})

test('a cap in a field that the provider ignores is put into the one that it obeys', async () => {
  const { id, key } = await world.bound('deepseek', 'obeyed', { usage_limit: 1 })
  await world.price('deepseek', 'deepseek-chat', { input: 0.28, output: 0.42 })
  const answer = await world.post('/v1/chat/completions', key, {
    model: 'deepseek/deepseek-chat',
    max_completion_tokens: 5,
    messages: message('short [[words=50]]'),
  })
  expect(answer.status).toBe(200)
  expect((await world.events(id, 1))[0]).toMatchObject({ tokens_output: '5' })
})

test('several answers to one request are reserved and charged together', async () => {
  const request = { ...body('thrice [[words=10]]', 20), n: 3 }
  const { id, key } = await world.bound('openai', 'thrice', { usage_limit: 1 })
  await world.post('/v1/chat/completions', key, request)
  const [event] = await world.events(id, 1)
  // 19 bytes: 5 + 3 = 8 tokens; 8 × 150 + 3 × 10 × 600 = 19200 nano-dollars.
  expect(event).toMatchObject({ tokens_output: '30', cost_nanos: '19200', reserved_nanos: String(worstOf(request, 20) * 3) })
})

test('the answer says what is left of the tightest budget', async () => {
  const request = body('left [[words=10]]')
  const { key } = await world.bound('openai', 'left', { usage_limit: 0.5 })
  const answer = await world.post('/v1/chat/completions', key, request)
  // 17 bytes: 5 + 3 = 8 tokens; 8 × 150 + 10 × 600 = 7200 nano-dollars.
  expect(answer.headers.get('x-llm-cost')).toBe('0.0000072')
  expect(answer.headers.get('x-llm-budget-remaining')).toBe('0.4999928')
})

test("a provider's refusal gives its reservation back, and costs nothing", async () => {
  const request = body('fail [[status=500]]')
  const { id, key } = await world.bound('openai', 'refunded', { usage_limit: worstOf(request, 100) / 1e9 })
  for (let call = 0; call < 3; call++) expect((await world.post('/v1/chat/completions', key, request)).status).toBe(500)
  const events = await world.events(id, 3)
  expect(events.map(({ outcome, error_source, cost_nanos }) => ({ outcome, error_source, cost_nanos }))).toEqual(
    Array.from({ length: 3 }, () => ({ outcome: 'error', error_source: 'provider', cost_nanos: '0' })),
  )
  expect(await accountOf(id)).toEqual({ posted: 0, entries: 0, events: 0, rollups: 0 })
})

test('a revoked access key opens nothing from the answer on that revoked it', async () => {
  await world.systemKey('openai', 'forrevoked')
  const { id, key } = await world.accessKey(world.api.member)
  const request = body('still there?')
  expect((await world.post('/v1/chat/completions', key, request)).status).toBe(200)
  await world.api.member(accessKeys.remove, { params: { id } })
  expect((await world.post('/v1/chat/completions', key, request)).status).toBe(401)
})

test('a replaced secret opens nothing, and the new one opens at once', async () => {
  const { id, key } = await world.accessKey(world.api.member)
  const { key: next } = await world.api.member(accessKeys.rotate, { params: { id } })
  expect((await world.post('/v1/chat/completions', key, body('old'))).status).toBe(401)
  expect((await world.post('/v1/chat/completions', next, body('new'))).status).toBe(200)
})

test('a revoked key does not open for a request that was on its way before', async () => {
  const { id, key } = await world.accessKey(world.api.member)
  const text = JSON.stringify(body('slowly'))
  let send: (rest: string) => void = () => {}
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text.slice(0, 10)))
      send = (rest) => {
        controller.enqueue(new TextEncoder().encode(rest))
        controller.close()
      }
    },
  })
  const answer = fetch(`${world.api.origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: stream,
    duplex: 'half',
  })
  await world.api.member(accessKeys.remove, { params: { id } })
  send(text.slice(10))
  expect((await answer).status).toBe(401)
})

test('keys in use say when they were last used, and nothing is left waiting', async () => {
  const { id, key } = await world.bound('openai', 'lastused')
  const before = new Date()
  await world.post('/v1/chat/completions', key, body('now'))
  await world.events(id, 1)
  const [row] = await world.api.sql<{ last_used: Date }>('select last_used from provider_keys where id = $1', [id])
  expect(row!.last_used.getTime()).toBeGreaterThanOrEqual(before.getTime())
  const [accessKey] = await world.api.sql<{ last_used: Date }>(
    'select k.last_used from access_keys k join usage_events e on e.access_key_id = k.id where e.provider_key_id = $1',
    [id],
  )
  expect(accessKey!.last_used.getTime()).toBe(row!.last_used.getTime())
})
