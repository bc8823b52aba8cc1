import { createHash } from 'node:crypto'
import { accessKeys } from '@llm-manager/contract/access-keys'
import { agents } from '@llm-manager/contract/agents'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type Actor, type TestApi } from '../../../test/harness.ts'
import { hashAccessKey } from './access-key-secret.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.close())

const nobody = '01890000-0000-7000-8000-000000000000'
const missing = { status: 404, code: 'not_found', message: 'Chave de acesso não encontrada' }
const revoked = { status: 422, code: 'rule_broken', message: 'A chave de acesso foi revogada' }
const newMember = () => api.newActor('member', api.admin.tenantId)
const hashOf = async (id: string) =>
  (await api.sql<{ secret_hash: Buffer }>('select secret_hash from access_keys where id = $1', [id]))[0]!.secret_hash

describe('the secret of an access key', () => {
  test.each(['live', 'test'] as const)('has 256 random bits behind lm_%s_, and is shown once', async (mode) => {
    const made = await api.member(accessKeys.create, { body: { name: 'K', mode } })
    expect(made.key).toMatch(new RegExp(`^lm_${mode}_[A-Za-z0-9_-]{43}$`))
    expect(Buffer.from(made.key.slice(8), 'base64url')).toHaveLength(32)
    expect(made.key_hint).toBe(`lm_${mode}_…${made.key.slice(-4)}`)
    const { key, ...rest } = made
    expect(await api.member(accessKeys.get, { params: made })).toEqual(rest)
    expect((await api.member(accessKeys.list)).items).toContainEqual(rest)
    const [row] = await api.sql('select access_keys::text as text from access_keys where id = $1', [made.id])
    expect(row?.text).not.toContain(key.slice(8))
  })

  test('is kept as its SHA-256', async () => {
    const made = await api.member(accessKeys.create, { body: { name: 'K' } })
    const sha256 = createHash('sha256').update(made.key).digest()
    expect((await hashOf(made.id)).equals(sha256)).toBe(true)
    expect(hashAccessKey(made.key).equals(sha256)).toBe(true)
  })

  test('is replaced at once by a rotation, under the same id', async () => {
    const made = await api.member(accessKeys.create, { body: { name: 'K', mode: 'test', tags: { team: 'a' } } })
    const rotated = await api.member(accessKeys.rotate, { params: made })
    expect(rotated).toEqual({ ...made, key: rotated.key, key_hint: rotated.key_hint, updated_at: rotated.updated_at })
    expect(rotated.key).toMatch(/^lm_test_/)
    expect(rotated.key).not.toBe(made.key)
    expect((await hashOf(made.id)).equals(hashAccessKey(rotated.key))).toBe(true)
  })
})

describe('whose access key it is', () => {
  test('a member’s own unless said, the tenant’s when an administrator says nothing', async () => {
    expect(await api.member(accessKeys.create, { body: { name: 'K' } })).toMatchObject({ user_id: api.member.userId, agent_id: null })
    expect(await api.admin(accessKeys.create, { body: { name: 'K' } })).toMatchObject({ user_id: null, agent_id: null })
    expect(await api.admin(accessKeys.create, { body: { name: 'K', user_id: api.member.userId } })).toMatchObject({
      user_id: api.member.userId,
    })
  })

  test('an agent’s, or a user’s, not both', async () => {
    const agent = await api.member(agents.create, { body: { name: 'A' } })
    expect(await api.admin(accessKeys.create, { body: { name: 'K', agent_id: agent.id } })).toMatchObject({
      agent_id: agent.id,
      user_id: null,
    })
    const both = { name: 'K', agent_id: agent.id, user_id: api.member.userId }
    await expect(api.member(accessKeys.create, { body: both })).rejects.toMatchObject({
      status: 422,
      message: 'Informe agent_id ou user_id, não os dois',
    })
  })

  test('never of people or agents out of reach', async () => {
    const [colleague, theirs] = [await newMember(), await api.stranger(agents.create, { body: { name: 'T' } })]
    const colleagues = await colleague(agents.create, { body: { name: 'C' } })
    const noAgent = { status: 404, message: 'Agente não encontrado' }
    const noUser = { status: 404, message: 'Usuário não encontrado' }
    for (const agent_id of [colleagues.id, theirs.id, nobody])
      await expect(api.member(accessKeys.create, { body: { name: 'K', agent_id } })).rejects.toMatchObject(noAgent)
    for (const user_id of [colleague.userId, api.stranger.userId, nobody])
      await expect(api.member(accessKeys.create, { body: { name: 'K', user_id } })).rejects.toMatchObject(noUser)
    await expect(api.admin(accessKeys.create, { body: { name: 'K', agent_id: theirs.id } })).rejects.toMatchObject(noAgent)
    await expect(api.admin(accessKeys.create, { body: { name: 'K', user_id: api.stranger.userId } })).rejects.toMatchObject(noUser)
  })

  test('a member sees and touches their own and their agents’ keys; the tenant’s staff see all of the tenant’s', async () => {
    const [one, two] = [await newMember(), await newMember()]
    const agent = await one(agents.create, { body: { name: 'A' } })
    const keys = [
      await one(accessKeys.create, { body: { name: 'mine' } }),
      await api.admin(accessKeys.create, { body: { name: 'my agent’s', agent_id: agent.id } }),
    ]
    const service = await api.admin(accessKeys.create, { body: { name: 'service' } })
    const seen = async (actor: Actor) => (await actor(accessKeys.list, { query: { limit: 200 } })).items.map((key) => key.id)
    expect(await seen(one)).toEqual(keys.map((key) => key.id))
    expect(await seen(two)).toEqual([])
    for (const actor of [api.admin, api.viewer])
      expect(await seen(actor)).toEqual(expect.arrayContaining([...keys, service].map((key) => key.id)))
    for (const actor of [api.stranger, api.root]) expect(await seen(actor)).toEqual([])
    for (const other of [two, api.stranger, api.root]) {
      for (const { id } of [...keys, service]) {
        const params = { id }
        await expect(other(accessKeys.get, { params })).rejects.toMatchObject(missing)
        await expect(other(accessKeys.change, { params, body: { name: 'x' } })).rejects.toMatchObject(missing)
        await expect(other(accessKeys.rotate, { params })).rejects.toMatchObject(missing)
        await expect(other(accessKeys.remove, { params })).rejects.toMatchObject(missing)
      }
    }
    await expect(one(accessKeys.get, { params: service })).rejects.toMatchObject(missing)
    expect((await one(accessKeys.list, { query: { agent_id: agent.id } })).items.map((key) => key.id)).toEqual([keys[1]!.id])
  })
})

describe('what an access key may do', () => {
  const settings = {
    models: ['gpt-4o-mini', 'anthropic/claude'],
    allowed_ips: ['10.0.0.0/8', '2001:db8::1'],
    tags: { team: 'vendas' },
    expires_at: '2126-01-01T00:00:00Z',
  }
  const shown = { ...settings, expires_at: '2126-01-01T00:00:00.000Z' }

  test('is everything unless said, and changes only where it is named', async () => {
    const made = await api.member(accessKeys.create, { body: { name: 'K' } })
    expect(made).toMatchObject({ models: null, allowed_ips: null, tags: {}, expires_at: null, status: 'active', last_used: null })
    expect(await api.member(accessKeys.change, { params: made, body: settings })).toMatchObject({ name: 'K', ...shown })
    expect(await api.member(accessKeys.change, { params: made, body: { name: 'L', models: null } })).toMatchObject({
      name: 'L',
      ...shown,
      models: null,
    })
    expect(await api.member(accessKeys.create, { body: { name: 'K', ...settings } })).toMatchObject(shown)
  })

  test('ends when it expires, and begins again when that is moved', async () => {
    const made = await api.member(accessKeys.create, { body: { name: 'K', expires_at: '2020-01-01T00:00:00Z' } })
    expect(made.status).toBe('expired')
    expect(await api.member(accessKeys.change, { params: made, body: { expires_at: null } })).toMatchObject({ status: 'active' })
  })

  test('is nothing once revoked, for good, and revoking again is no mistake', async () => {
    const made = await api.member(accessKeys.create, { body: { name: 'K' } })
    expect(await api.member(accessKeys.remove, { params: made })).toBeUndefined()
    expect(await api.member(accessKeys.remove, { params: made })).toBeUndefined()
    expect(await api.member(accessKeys.get, { params: made })).toMatchObject({ status: 'revoked' })
    await expect(api.member(accessKeys.change, { params: made, body: { name: 'x' } })).rejects.toMatchObject(revoked)
    await expect(api.member(accessKeys.rotate, { params: made })).rejects.toMatchObject(revoked)
  })
})

test('keys come in pages', async () => {
  const member = await newMember()
  for (const name of ['a', 'b', 'c']) await member(accessKeys.create, { body: { name } })
  const first = await member(accessKeys.list, { query: { limit: 2 } })
  const second = await member(accessKeys.list, { query: { limit: 2, cursor: first.next_cursor! } })
  expect([first, second].map(({ items }) => items.map(({ name }) => name))).toEqual([['a', 'b'], ['c']])
})

test('each change is audited, without the secret', async () => {
  const made = await api.member(accessKeys.create, { body: { name: 'K' } })
  const rotated = await api.member(accessKeys.rotate, { params: made })
  await api.member(accessKeys.remove, { params: made })
  const rows = await api.sql('select action, audit_events::text as text from audit_events where subject_id = $1 order by id', [made.id])
  expect(rows.map((row) => row.action)).toEqual(['access_key.created', 'access_key.rotated', 'access_key.revoked'])
  for (const row of rows) for (const { key } of [made, rotated]) expect(row.text).not.toContain(key.slice(8))
})
