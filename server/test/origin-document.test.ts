import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type Actor, type TestApi } from './harness.ts'

/** Every example of the document that the key API was commissioned with, over plain HTTP: field by field, status by status, message by message. */

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.close())

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/
const nobody = '01890000-0000-7000-8000-000000000000'

type Json = Record<string, unknown>
type Answer = { status: number; body: Json }

async function ask(as: Actor | null, method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await api.fetch(`/api/llm${path}`, {
    ...(as && { as }),
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  expect(response.headers.get('content-type')).toMatch(/^application\/json/)
  return { status: response.status, body: (await response.json()) as Json }
}

/** What the gateway would have written after calls of this key. */
async function spend(keyId: unknown, nanos: bigint, lastUsed: string): Promise<void> {
  const [limit] = await api.sql<{ tenant_id: string; id: string }>('select tenant_id, id from limits where subject_id = $1', [keyId])
  await api.sql("insert into limit_counters values ($1, $2, '1970-01-01T00:00:00Z', $3)", [limit?.tenant_id, limit?.id, nanos])
  await api.sql('update provider_keys set last_used = $2 where id = $1', [keyId, lastUsed])
}

const newSystemKey = { provider: 'openai', api_key: 'sk-of-the-document', usage_limit: 1000.0, is_active: true }
const newUserKey = { provider: 'openai', api_key: 'sk-of-the-document', usage_limit: 100.0, is_active: true }

describe('1. system keys', () => {
  /** An administrator of a fresh tenant with plan enterprise, so that each example sees only its own keys. */
  let admin: Actor
  beforeAll(async () => {
    admin = await api.newActor('admin', await api.newTenant('enterprise'))
  })

  test('POST /system/keys', async () => {
    const { status, body } = await ask(admin, 'POST', '/system/keys', newSystemKey)
    expect(status).toBe(201)
    expect(body).toMatchObject({
      id: expect.stringMatching(uuid),
      provider: 'openai',
      usage_limit: 1000,
      is_active: true,
      current_usage: 0,
      last_used: null,
      created_at: expect.stringMatching(instant),
      updated_at: null,
    })
    expect(body).not.toHaveProperty('api_key')
  })

  test('GET /system/keys and GET /system/keys/{key_id}', async () => {
    const fresh = await api.newActor('admin', await api.newTenant('enterprise'))
    const first = await ask(fresh, 'POST', '/system/keys', newSystemKey)
    const second = await ask(fresh, 'POST', '/system/keys', {
      provider: 'anthropic',
      api_key: 'sk-ant-of-the-document',
      usage_limit: 500.0,
      is_active: true,
    })
    await spend(first.body.id, 150_500_000_000n, '2024-01-15T10:30:00Z')
    await spend(second.body.id, 75_250_000_000n, '2024-01-14T15:45:00Z')
    const list = await ask(fresh, 'GET', '/system/keys')
    expect(list.status).toBe(200)
    expect(list.body).toHaveLength(2)
    const [openai, anthropic] = list.body as unknown as Json[]
    expect(openai).toMatchObject({
      id: first.body.id,
      provider: 'openai',
      usage_limit: 1000,
      is_active: true,
      current_usage: 150.5,
      last_used: '2024-01-15T10:30:00.000Z',
      created_at: expect.stringMatching(instant),
      updated_at: null,
    })
    expect(anthropic).toMatchObject({
      id: second.body.id,
      provider: 'anthropic',
      usage_limit: 500,
      is_active: true,
      current_usage: 75.25,
      last_used: '2024-01-14T15:45:00.000Z',
      created_at: expect.stringMatching(instant),
      updated_at: null,
    })
    expect(await ask(fresh, 'GET', `/system/keys/${String(first.body.id)}`)).toEqual({ status: 200, body: openai })
  })

  test('PUT /system/keys/{key_id}', async () => {
    const { body: made } = await ask(admin, 'POST', '/system/keys', newSystemKey)
    const { status, body } = await ask(admin, 'PUT', `/system/keys/${String(made.id)}`, {
      api_key: 'sk-nova-chave-1234',
      usage_limit: 1500.0,
      is_active: false,
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      id: made.id,
      provider: 'openai',
      usage_limit: 1500,
      is_active: false,
      current_usage: 0,
      last_used: null,
      created_at: made.created_at,
      updated_at: expect.stringMatching(instant),
    })
    expect(body.key_hint).toBe('…1234')
  })

  test('DELETE /system/keys/{key_id}', async () => {
    const { body: made } = await ask(admin, 'POST', '/system/keys', newSystemKey)
    expect(await ask(admin, 'DELETE', `/system/keys/${String(made.id)}`)).toEqual({
      status: 200,
      body: { message: 'Chave removida com sucesso' },
    })
    expect(await ask(admin, 'GET', `/system/keys/${String(made.id)}`)).toMatchObject({
      status: 404,
      body: { detail: 'Chave do sistema não encontrada' },
    })
  })

  test('an administrator sets a system key of another provider up (example 3)', async () => {
    const { status, body } = await ask(admin, 'POST', '/system/keys', {
      provider: 'anthropic',
      api_key: 'sk-ant-of-the-document',
      usage_limit: 1000.0,
      is_active: true,
    })
    expect([status, body.provider]).toEqual([201, 'anthropic'])
  })
})

describe('2. user keys', () => {
  test('POST /user/keys', async () => {
    const { status, body } = await ask(api.member, 'POST', '/user/keys', newUserKey)
    expect(status).toBe(201)
    const shown = {
      user_id: api.member.userId,
      provider: 'openai',
      usage_limit: 100,
      is_active: true,
      current_usage: 0,
      last_used: null,
      updated_at: null,
    }
    expect(body).toMatchObject({ id: expect.stringMatching(uuid), ...shown, created_at: expect.stringMatching(instant) })
    expect(body).not.toHaveProperty('api_key')
  })

  test('GET, PUT and DELETE /user/keys', async () => {
    const member = await api.newActor('member', api.admin.tenantId)
    const { body: made } = await ask(member, 'POST', '/user/keys', newUserKey)
    expect(await ask(member, 'GET', '/user/keys')).toEqual({ status: 200, body: [made] })
    expect(await ask(member, 'GET', `/user/keys/${String(made.id)}`)).toEqual({ status: 200, body: made })
    const changed = await ask(member, 'PUT', `/user/keys/${String(made.id)}`, { usage_limit: 150 })
    expect(changed).toEqual({ status: 200, body: { ...made, usage_limit: 150, updated_at: expect.stringMatching(instant) } })
    expect(await ask(member, 'DELETE', `/user/keys/${String(made.id)}`)).toEqual({
      status: 200,
      body: { message: 'Chave removida com sucesso' },
    })
    expect(await ask(member, 'GET', '/user/keys')).toEqual({ status: 200, body: [] })
  })
})

describe('3. validation and statistics', () => {
  test('POST /validate', async () => {
    const { status, body } = await ask(api.member, 'POST', '/validate', { provider: 'openai', api_key: 'sk-of-the-document' })
    expect(status).toBe(200)
    expect(body).toEqual({
      is_valid: true,
      provider: 'openai',
      message: 'Chave API válida',
      model_info: { provider: 'openai', status: 'active', reason: null },
    })
  })

  test('POST /validate of a key that the provider does not take', async () => {
    const { status, body } = await ask(api.member, 'POST', '/validate', { provider: 'openai', api_key: 'sk-invalid-of-the-document' })
    expect(status).toBe(200)
    expect(body).toEqual({
      is_valid: false,
      provider: 'openai',
      message: 'Chave API inválida',
      model_info: { provider: 'openai', status: 'invalid', reason: 'key_refused' },
    })
  })

  test('GET /usage/stats', async () => {
    const admin = await api.newActor('admin', await api.newTenant('enterprise'))
    const own = await ask(admin, 'POST', '/user/keys', newUserKey)
    const system = await ask(admin, 'POST', '/system/keys', {
      provider: 'anthropic',
      api_key: 'sk-ant-of-the-document',
      usage_limit: 500.0,
      is_active: true,
    })
    await spend(own.body.id, 45_500_000_000n, '2024-01-15T10:30:00Z')
    await spend(system.body.id, 75_250_000_000n, '2024-01-14T15:45:00Z')
    const { status, body } = await ask(admin, 'GET', '/usage/stats')
    expect(status).toBe(200)
    expect(body).toEqual({
      user_keys: [
        {
          provider: 'openai',
          current_usage: 45.5,
          usage_limit: 100,
          usage_percentage: 45.5,
          last_used: '2024-01-15T10:30:00.000Z',
          is_active: true,
          key_id: own.body.id,
          name: 'Openai',
        },
      ],
      system_keys: [
        {
          provider: 'anthropic',
          current_usage: 75.25,
          usage_limit: 500,
          usage_percentage: 15.05,
          last_used: '2024-01-14T15:45:00.000Z',
          is_active: true,
          key_id: system.body.id,
          name: 'Anthropic',
        },
      ],
      total_usage: 120.75,
    })
  })
})

describe('4. providers and configuration', () => {
  test('GET /providers', async () => {
    const { status, body } = await ask(api.viewer, 'GET', '/providers')
    expect(status).toBe(200)
    expect(body.total).toBe(10)
    const said = (body.providers as Json[]).map(({ value, name, description }) => [value, name, description])
    expect(said).toEqual([
      ['openai', 'Openai', 'Integração com Openai'],
      ['anthropic', 'Anthropic', 'Integração com Anthropic'],
      ['google', 'Google', 'Integração com Google'],
      ['groq', 'Groq', 'Integração com Groq'],
      ['ollama', 'Ollama', 'Integração com Ollama'],
      ['mistral', 'Mistral', 'Integração com Mistral'],
      ['cohere', 'Cohere', 'Integração com Cohere'],
      ['deepseek', 'Deepseek', 'Integração com Deepseek'],
      ['azure', 'Azure', 'Integração com Azure'],
      ['openrouter', 'Openrouter', 'Integração com Openrouter'],
    ])
  })

  test('GET /agents/{agent_id}/key and POST /agents/{agent_id}/key/validate', async () => {
    const { body: key } = await ask(api.member, 'POST', '/user/keys', newUserKey)
    const made = await api.fetch('/api/agents', {
      as: api.member,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Atendimento', key_id: key.id }),
    })
    const agent = (await made.json()) as Json
    expect(await ask(api.member, 'GET', `/agents/${String(agent.id)}/key`)).toEqual({
      status: 200,
      body: { type: 'user', provider: 'openai', key_id: key.id },
    })
    expect(await ask(api.member, 'POST', `/agents/${String(agent.id)}/key/validate`)).toEqual({
      status: 200,
      body: {
        is_valid: true,
        provider: 'openai',
        message: 'Chave API válida',
        model_info: { provider: 'openai', status: 'active', reason: null },
      },
    })
  })
})

describe('errors', () => {
  const requestId = expect.stringMatching(uuid)

  test('400: the message of the document, and nothing is stored', async () => {
    const admin = await api.newActor('admin', await api.newTenant('enterprise'))
    const { status, body } = await ask(admin, 'POST', '/system/keys', { ...newSystemKey, api_key: 'sk-invalid-of-the-document' })
    expect(status).toBe(400)
    expect(body).toEqual({ detail: 'Erro ao criar chave do sistema: Chave API inválida', code: 'key_refused', request_id: requestId })
    expect(await ask(admin, 'GET', '/system/keys')).toEqual({ status: 200, body: [] })
  })

  test('404: the message of the document', async () => {
    expect(await ask(api.member, 'GET', `/user/keys/${nobody}`)).toEqual({
      status: 404,
      body: { detail: 'Chave do usuário não encontrada', code: 'not_found', request_id: requestId },
    })
    expect(await ask(api.member, 'DELETE', `/user/keys/${nobody}`)).toEqual({
      status: 404,
      body: { detail: 'Chave do usuário não encontrada', code: 'not_found', request_id: requestId },
    })
    expect(await ask(api.admin, 'GET', `/system/keys/${nobody}`)).toEqual({
      status: 404,
      body: { detail: 'Chave do sistema não encontrada', code: 'not_found', request_id: requestId },
    })
  })

  test('401 without a token, 403 without the plan or the permission', async () => {
    const freeAdmin = await api.newActor('admin', await api.newTenant('free'))
    expect(await ask(null, 'GET', '/user/keys')).toEqual({
      status: 401,
      body: { detail: 'Não autorizado', code: 'unauthenticated', request_id: requestId },
    })
    expect(await ask(freeAdmin, 'GET', '/system/keys')).toEqual({
      status: 403,
      body: { detail: 'Acesso negado: requer plano enterprise', code: 'plan_required', request_id: requestId },
    })
    expect(await ask(api.member, 'POST', '/system/keys', newSystemKey)).toEqual({
      status: 403,
      body: { detail: 'Acesso negado: permissão insuficiente', code: 'forbidden', request_id: requestId },
    })
  })

  test('400: what is not understood, with path and reason', async () => {
    const { status, body } = await ask(api.member, 'POST', '/user/keys', { ...newUserKey, limite: 1 })
    expect(status).toBe(400)
    expect(body).toEqual({
      detail: 'Dados inválidos (limite: campo desconhecido)',
      code: 'invalid_input',
      errors: [{ path: 'limite', reason: 'campo desconhecido' }],
      request_id: requestId,
    })
  })

  test('503: a provider that cannot be reached, and nothing is stored', async () => {
    const member = await api.newActor('member', api.admin.tenantId)
    const refused = await ask(member, 'POST', '/user/keys', { ...newUserKey, api_key: 'sk-down-of-the-document' })
    expect(refused).toEqual({
      status: 503,
      body: { detail: 'Erro ao criar chave do usuário: provedor indisponível', code: 'provider_unavailable', request_id: requestId },
    })
    expect(await ask(member, 'GET', '/user/keys')).toEqual({ status: 200, body: [] })
  })
})

describe('in the language of the caller', () => {
  test.each([
    [
      'en',
      'Could not create the user key: invalid API key',
      'User key not found',
      'Valid API key',
      'Integration with Openai',
      'Key removed',
      'Unauthorized',
    ],
    [
      'es',
      'Error al crear la clave del usuario: clave API no válida',
      'Clave del usuario no encontrada',
      'Clave API válida',
      'Integración con Openai',
      'Clave eliminada con éxito',
      'No autorizado',
    ],
    [
      'fr',
      'Erro ao criar chave do usuário: Chave API inválida',
      'Chave do usuário não encontrada',
      'Chave API válida',
      'Integração com Openai',
      'Chave removida com sucesso',
      'Não autorizado',
    ],
  ])('%s', async (language, refused, missing, valid, described, removed, unauthorized) => {
    const spoken = { 'accept-language': language }
    const { body: made } = await ask(api.member, 'POST', '/user/keys', newUserKey, spoken)
    expect(
      (await ask(api.member, 'POST', '/user/keys', { ...newUserKey, api_key: 'sk-invalid-of-the-document' }, spoken)).body.detail,
    ).toBe(refused)
    expect((await ask(api.member, 'GET', `/user/keys/${nobody}`, undefined, spoken)).body.detail).toBe(missing)
    expect((await ask(api.member, 'POST', '/validate', { provider: 'openai', api_key: 'sk-of-the-document' }, spoken)).body.message).toBe(
      valid,
    )
    expect(((await ask(api.member, 'GET', '/providers', undefined, spoken)).body.providers as Json[])[0]?.description).toBe(described)
    expect((await ask(api.member, 'DELETE', `/user/keys/${String(made.id)}`, undefined, spoken)).body.message).toBe(removed)
    expect((await ask(null, 'GET', '/user/keys', undefined, spoken)).body.detail).toBe(unauthorized)
  })
})
