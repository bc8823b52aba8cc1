import { accessKeys } from '@llm-manager/contract/access-keys'
import { agents } from '@llm-manager/contract/agents'
import { systemKeys } from '@llm-manager/contract/system-keys'
import { userKeys } from '@llm-manager/contract/user-keys'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type Actor, type TestApi } from '../../../test/harness.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.close())

const nobody = '01890000-0000-7000-8000-000000000000'
const openai = { provider: 'openai', api_key: 'sk-good-0123456789' } as const
const missing = { status: 404, code: 'not_found', message: 'Agente não encontrado' }
const missingKey = { status: 404, code: 'not_found', message: 'Chave não encontrada' }
const unbound = { status: 404, code: 'not_found', message: 'Nenhuma chave configurada para este agente' }
const newMember = () => api.newActor('member', api.admin.tenantId)

describe('agents', () => {
  test('live: made, seen, changed, retired', async () => {
    const made = await api.member(agents.create, { body: { name: 'Atendimento', description: 'Responde clientes', provider: 'openai' } })
    expect(made).toMatchObject({
      name: 'Atendimento',
      description: 'Responde clientes',
      provider: 'openai',
      key_id: null,
      owner_id: api.member.userId,
      updated_at: null,
    })
    expect(await api.member(agents.get, { params: made })).toEqual(made)
    const changed = await api.member(agents.change, { params: made, body: { name: 'Suporte', description: null } })
    expect(changed).toEqual({ ...made, name: 'Suporte', description: null, updated_at: changed.updated_at })
    expect(await api.member(agents.remove, { params: made })).toBeUndefined()
    await expect(api.member(agents.get, { params: made })).rejects.toMatchObject(missing)
    await expect(api.member(agents.remove, { params: made })).rejects.toMatchObject(missing)
    expect((await api.member(agents.list)).items).toEqual([])
  })

  test('are a member’s own, and an administrator’s and viewer’s whole tenant', async () => {
    const [one, two] = [await newMember(), await newMember()]
    const made = await one(agents.create, { body: { name: 'de um' } })
    const seen = async (actor: Actor) => (await actor(agents.list, { query: { limit: 200 } })).items.some((agent) => agent.id === made.id)
    expect([await seen(one), await seen(api.admin), await seen(api.viewer)]).toEqual([true, true, true])
    expect([await seen(two), await seen(api.stranger), await seen(api.root)]).toEqual([false, false, false])
    for (const other of [two, api.stranger, api.root]) {
      await expect(other(agents.get, { params: made })).rejects.toMatchObject(missing)
      await expect(other(agents.change, { params: made, body: { name: 'x' } })).rejects.toMatchObject(missing)
      await expect(other(agents.remove, { params: made })).rejects.toMatchObject(missing)
      await expect(other(agents.getKey, { params: made })).rejects.toMatchObject(missing)
      await expect(other(agents.setKey, { params: made, body: { key_id: null } })).rejects.toMatchObject(missing)
      await expect(other(agents.validateKey, { params: made })).rejects.toMatchObject(missing)
    }
    expect(await api.admin(agents.change, { params: made, body: { name: 'por admin' } })).toMatchObject({
      name: 'por admin',
      owner_id: one.userId,
    })
  })

  test('are made for others only by who reaches the tenant, and only for active people in it', async () => {
    expect(await api.admin(agents.create, { body: { name: 'para a equipe', owner_id: api.member.userId } })).toMatchObject({
      owner_id: api.member.userId,
    })
    const refused = { status: 404, message: 'Usuário não encontrado' }
    await expect(api.member(agents.create, { body: { name: 'x', owner_id: api.admin.userId } })).rejects.toMatchObject(refused)
    for (const owner_id of [api.stranger.userId, nobody])
      await expect(api.admin(agents.create, { body: { name: 'x', owner_id } })).rejects.toMatchObject(refused)
    const left = await newMember()
    await api.sql("update users set status = 'disabled' where id = $1", [left.userId])
    await expect(api.admin(agents.create, { body: { name: 'x', owner_id: left.userId } })).rejects.toMatchObject(refused)
  })

  test('come in pages', async () => {
    const member = await newMember()
    for (const name of ['a', 'b', 'c']) await member(agents.create, { body: { name } })
    const first = await member(agents.list, { query: { limit: 2 } })
    const second = await member(agents.list, { query: { limit: 2, cursor: first.next_cursor! } })
    expect([first, second].map(({ items }) => items.map(({ name }) => name))).toEqual([['a', 'b'], ['c']])
    expect(second.next_cursor).toBeNull()
  })

  test('are audited, each change before and after', async () => {
    const made = await api.member(agents.create, { body: { name: 'A' } })
    await api.member(agents.change, { params: made, body: { name: 'B' } })
    await api.member(agents.remove, { params: made })
    const rows = await api.sql('select action, before, after from audit_events where subject_id = $1 order by id', [made.id])
    expect(rows).toMatchObject([
      { action: 'agent.created', before: null, after: { name: 'A' } },
      { action: 'agent.changed', before: { name: 'A' }, after: { name: 'B' } },
      { action: 'agent.retired', before: { name: 'B' }, after: null },
    ])
  })
})

describe('the key of an agent', () => {
  test('is set, shown and taken away', async () => {
    const agent = await api.member(agents.create, { body: { name: 'A' } })
    await expect(api.member(agents.getKey, { params: agent })).rejects.toMatchObject(unbound)
    const key = await api.member(userKeys.create, { body: openai })
    const bound = { type: 'user', provider: 'openai', key_id: key.id }
    expect(await api.member(agents.setKey, { params: agent, body: { key_id: key.id, type: 'user', provider: 'openai' } })).toEqual(bound)
    expect(await api.member(agents.getKey, { params: agent })).toEqual(bound)
    expect(await api.member(agents.get, { params: agent })).toMatchObject({ key_id: key.id })
    expect(await api.member(agents.setKey, { params: agent, body: { key_id: null } })).toBeNull()
    await expect(api.member(agents.getKey, { params: agent })).rejects.toMatchObject(unbound)
  })

  test('may be a system key of the tenant or of the installation', async () => {
    const agent = await api.member(agents.create, { body: { name: 'A' } })
    for (const key of [await api.admin(systemKeys.create, { body: openai }), await api.root(systemKeys.create, { body: openai })]) {
      expect(await api.member(agents.setKey, { params: agent, body: { key_id: key.id } })).toEqual({
        type: 'system',
        provider: 'openai',
        key_id: key.id,
      })
    }
  })

  test('is never one that the caller may not use', async () => {
    const agent = await api.member(agents.create, { body: { name: 'A' } })
    const colleague = await newMember()
    const foreign = [
      await colleague(userKeys.create, { body: openai }),
      await api.stranger(systemKeys.create, { body: openai }),
      await api.stranger(userKeys.create, { body: openai }),
      await api.root(userKeys.create, { body: openai }),
      { id: nobody },
    ]
    for (const { id } of foreign) {
      await expect(api.member(agents.setKey, { params: agent, body: { key_id: id } })).rejects.toMatchObject(missingKey)
      await expect(api.member(agents.create, { body: { name: 'x', key_id: id } })).rejects.toMatchObject(missingKey)
      await expect(api.member(agents.change, { params: agent, body: { key_id: id } })).rejects.toMatchObject(missingKey)
    }
  })

  test('belongs to the owner of the agent, whoever sets it', async () => {
    const agent = await api.member(agents.create, { body: { name: 'A' } })
    const [admins, owners] = [await api.admin(userKeys.create, { body: openai }), await api.member(userKeys.create, { body: openai })]
    await expect(api.admin(agents.setKey, { params: agent, body: { key_id: admins.id } })).rejects.toMatchObject({
      status: 422,
      code: 'rule_broken',
      message: 'A chave do usuário precisa pertencer ao dono do agente',
    })
    expect(await api.admin(agents.setKey, { params: agent, body: { key_id: owners.id } })).toMatchObject({ key_id: owners.id })
  })

  test('is of the agent’s provider, and what the caller says it is', async () => {
    const key = await api.member(userKeys.create, { body: openai })
    const agent = await api.member(agents.create, { body: { name: 'A', provider: 'groq' } })
    const wrong = { status: 422, code: 'rule_broken', message: 'A chave é de outro provedor (openai)' }
    await expect(api.member(agents.setKey, { params: agent, body: { key_id: key.id } })).rejects.toMatchObject(wrong)
    await expect(api.member(agents.create, { body: { name: 'x', provider: 'groq', key_id: key.id } })).rejects.toMatchObject(wrong)
    const changed = await api.member(agents.change, { params: agent, body: { provider: 'openai', key_id: key.id } })
    expect(changed).toMatchObject({ provider: 'openai', key_id: key.id })
    await expect(api.member(agents.change, { params: agent, body: { provider: 'groq' } })).rejects.toMatchObject(wrong)
    expect(await api.member(agents.change, { params: agent, body: { provider: 'groq', key_id: null } })).toMatchObject({
      provider: 'groq',
      key_id: null,
    })
    const open = await api.member(agents.create, { body: { name: 'B' } })
    await expect(api.member(agents.setKey, { params: open, body: { key_id: key.id, provider: 'groq' } })).rejects.toMatchObject(wrong)
    await expect(api.member(agents.setKey, { params: open, body: { key_id: key.id, type: 'system' } })).rejects.toMatchObject({
      status: 422,
      message: 'A chave não é do tipo informado',
    })
  })

  test('is none once the key is retired', async () => {
    const key = await api.member(userKeys.create, { body: openai })
    const agent = await api.member(agents.create, { body: { name: 'A', key_id: key.id } })
    await api.member(userKeys.remove, { params: key })
    expect(await api.member(agents.get, { params: agent })).toMatchObject({ key_id: null })
    await expect(api.member(agents.getKey, { params: agent })).rejects.toMatchObject(unbound)
    await expect(api.member(agents.setKey, { params: agent, body: { key_id: key.id } })).rejects.toMatchObject(missingKey)
    expect(await api.member(agents.change, { params: agent, body: { provider: 'groq' } })).toMatchObject({ provider: 'groq' })
  })
})

describe('asking about the key an agent would use', () => {
  const anthropic = (kind: string) => ({ provider: 'anthropic', api_key: `sk-ant-${kind}-0123456789`, validate: false }) as const
  const status = async (actor: Actor, agent: { id: string }) => (await actor(agents.validateKey, { params: agent })).model_info

  test('goes the way of a call: bound, owner’s, tenant’s, installation’s', async () => {
    const admin = await api.newActor('admin', await api.newTenant('enterprise'))
    const agent = await admin(agents.create, { body: { name: 'A', provider: 'anthropic' } })
    await expect(admin(agents.validateKey, { params: agent })).rejects.toMatchObject(unbound)
    await api.root(systemKeys.create, { body: anthropic('invalid') })
    expect(await status(admin, agent)).toEqual({ provider: 'anthropic', status: 'invalid', reason: 'key_refused' })
    await admin(systemKeys.create, { body: anthropic('blocked') })
    expect(await status(admin, agent)).toMatchObject({ status: 'blocked' })
    const own = await admin(userKeys.create, { body: anthropic('nocredit') })
    expect(await status(admin, agent)).toMatchObject({ status: 'no_credit' })
    const bound = await admin(userKeys.create, { body: anthropic('good') })
    await admin(agents.setKey, { params: agent, body: { key_id: bound.id } })
    expect(await admin(agents.validateKey, { params: agent })).toEqual({
      is_valid: true,
      provider: 'anthropic',
      message: 'Chave API válida',
      model_info: { provider: 'anthropic', status: 'active', reason: null },
    })
    await admin(userKeys.change, { params: bound, body: { is_active: false } })
    expect(await status(admin, agent)).toMatchObject({ status: 'active' })
    await admin(userKeys.remove, { params: bound })
    await admin(userKeys.change, { params: own, body: { is_active: false } })
    expect(await status(admin, agent)).toMatchObject({ status: 'blocked' })
  })

  test('without a key or a provider there is nothing to ask about', async () => {
    const agent = await api.member(agents.create, { body: { name: 'A' } })
    await expect(api.member(agents.validateKey, { params: agent })).rejects.toMatchObject(unbound)
  })
})

test('retiring an agent revokes its access keys', async () => {
  const agent = await api.member(agents.create, { body: { name: 'A' } })
  const key = await api.member(accessKeys.create, { body: { name: 'K', agent_id: agent.id } })
  expect(key.status).toBe('active')
  await api.member(agents.remove, { params: agent })
  expect(await api.member(accessKeys.get, { params: key })).toMatchObject({ status: 'revoked' })
  await expect(api.member(accessKeys.rotate, { params: key })).rejects.toMatchObject({
    status: 422,
    message: 'A chave de acesso foi revogada',
  })
})
