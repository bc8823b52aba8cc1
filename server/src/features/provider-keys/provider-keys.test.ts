import type { Sent } from '@llm-manager/contract/endpoint'
import { systemKeys } from '@llm-manager/contract/system-keys'
import { userKeys } from '@llm-manager/contract/user-keys'
import { providers } from '@llm-manager/contract/providers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type Actor, type TestApi } from '../../../test/harness.ts'

const secret = 'sk-test-canary-0123456789abcdefghijklmnop'
const newSecret = 'sk-test-second-0123456789abcdefghijklmnop'
const body = { provider: 'openai', api_key: secret } as const
const nobody = '01890000-0000-7000-8000-000000000000'
const missingUser = { status: 404, code: 'not_found', message: 'Chave do usuário não encontrada' }
const missingSystem = { status: 404, code: 'not_found', message: 'Chave do sistema não encontrada' }

let api: TestApi
beforeAll(async () => {
  api = await startTestApi({ env: { EGRESS_ALLOW: '127.0.0.1' } })
})
afterAll(() => api.close())

type Row = Record<string, unknown> & { sealed_secret: Buffer | null; version: bigint }
const rowOf = async (id: string) => (await api.sql<Row>('select * from provider_keys where id = $1', [id]))[0]
const newMember = () => api.newActor('member', api.admin.tenantId)
const spend = async (id: string, nanos: bigint) => {
  await api.sql("insert into limit_counters select tenant_id, id, '1970-01-01T00:00:00Z', $2 from limits where subject_id = $1", [
    id,
    nanos,
  ])
}

describe('taking a key in', () => {
  test('keeps its settings, sealed, with a hint and what the provider said', async () => {
    const settings = {
      name: 'Produção',
      options: { organization: 'org_1' },
      sandbox: true,
      weight: 3,
      priority: 7,
      expires_at: '2126-01-01T00:00:00Z',
      usage_limit: 12.5,
    }
    const key = await api.member(userKeys.create, { body: { ...body, ...settings } })
    expect(key).toMatchObject({
      ...settings,
      expires_at: '2126-01-01T00:00:00.000Z',
      status: 'active',
      status_reason: null,
      key_hint: 'sk-…mnop',
      base_url: null,
      is_active: true,
    })
    expect(key.validated_at).not.toBeNull()
    const row = await rowOf(key.id)
    expect(row).toMatchObject({
      tenant_id: api.member.tenantId,
      user_id: api.member.userId,
      kind: 'user',
      secret_version: 1,
      data_key_version: 1,
    })
    expect(row?.sealed_secret?.includes(secret)).toBe(false)
  })

  test('counts what it will cost even without a limit', async () => {
    const key = await api.member(userKeys.create, { body })
    expect(key.usage_limit).toBeNull()
    expect(await api.sql('select subject_type, metric, "window", amount from limits where subject_id = $1', [key.id])).toEqual([
      { subject_type: 'provider_key', metric: 'cost', window: 'total', amount: null },
    ])
    await spend(key.id, 1_234_567_891n)
    expect(await api.member(userKeys.get, { params: key })).toMatchObject({
      current_usage: 1.234567891,
      usage_limit: null,
      status: 'active',
    })
    expect((await api.member(providers.usageStats)).user_keys.find(({ key_id }) => key_id === key.id)).toMatchObject({
      usage_percentage: null,
      current_usage: 1.234567891,
    })
  })

  test.each([
    ['nocredit', 'no_credit'],
    ['throttled', 'throttled'],
    ['restricted', 'restricted'],
  ])('takes a real key that is %s, as degraded', async (kind, reason) => {
    expect(await api.member(userKeys.create, { body: { ...body, api_key: `sk-${kind}-0123456789` } })).toMatchObject({
      status: 'degraded',
      status_reason: reason,
    })
  })

  test.each([
    ['invalid', 400, 'key_refused', 'Chave API inválida'],
    ['blocked', 400, 'key_refused', 'o provedor bloqueou esta chave'],
    ['down', 503, 'provider_unavailable', 'provedor indisponível'],
    ['reset', 503, 'provider_unavailable', 'provedor indisponível'],
  ])('leaves nothing of a key that is %s', async (kind, status, code, reason) => {
    const before = await api.sql('select count(*) from provider_keys union all select count(*) from limits')
    const api_key = `sk-${kind}-0123456789`
    await expect(api.member(userKeys.create, { body: { ...body, api_key } })).rejects.toMatchObject({
      status,
      code,
      message: `Erro ao criar chave do usuário: ${reason}`,
    })
    await expect(api.admin(systemKeys.create, { body: { ...body, api_key } })).rejects.toMatchObject({
      status,
      code,
      message: `Erro ao criar chave do sistema: ${reason}`,
    })
    expect(await api.sql('select count(*) from provider_keys union all select count(*) from limits')).toEqual(before)
  })

  test('without asking, when told so: unverified', async () => {
    const key = await api.member(userKeys.create, { body: { ...body, api_key: 'sk-down-0123456789', validate: false } })
    expect(key).toMatchObject({ status: 'unverified', validated_at: null })
  })

  test('Ollama needs no key and keeps none', async () => {
    const key = await api.member(userKeys.create, { body: { provider: 'ollama' } })
    expect(key).toMatchObject({ status: 'active', key_hint: '' })
    expect((await rowOf(key.id))?.sealed_secret).toBeNull()
  })

  test('Azure needs an address of its own where the operator set none', async () => {
    const env = { PROVIDER_BASE_URL_AZURE: '', EGRESS_ALLOW: '127.0.0.1' }
    const other = await startTestApi({ env })
    try {
      const azure = { provider: 'azure', api_key: secret } as const
      await expect(other.member(userKeys.create, { body: azure })).rejects.toMatchObject({
        status: 400,
        code: 'invalid_input',
        errors: [{ path: 'base_url', reason: 'base_url é obrigatório para este provedor' }],
      })
      const key = await other.member(userKeys.create, { body: { ...azure, base_url: `${other.simulator.baseUrls.azure}/` } })
      expect(key.base_url).toBe(other.simulator.baseUrls.azure)
    } finally {
      await other.close()
    }
  })
})

describe('whose keys are whose', () => {
  test('a user key is its owner’s alone, whatever the role of who asks', async () => {
    const { id } = await api.member(userKeys.create, { body })
    for (const other of [api.admin, api.root, api.stranger, await newMember()]) {
      expect((await other(userKeys.list)).map((key) => key.id)).not.toContain(id)
      await expect(other(userKeys.get, { params: { id } })).rejects.toMatchObject(missingUser)
      await expect(other(userKeys.change, { params: { id }, body: { name: 'mine' } })).rejects.toMatchObject(missingUser)
      await expect(other(userKeys.remove, { params: { id } })).rejects.toMatchObject(missingUser)
      await expect(other(systemKeys.get, { params: { id } }).catch((error: unknown) => error)).resolves.toMatchObject({
        status: other === api.root || other === api.admin || other === api.stranger ? 404 : 403,
      })
    }
    expect(await api.member(userKeys.get, { params: { id } })).toMatchObject({ name: 'Openai' })
  })

  test('what is no id, or no key, is not found', async () => {
    for (const id of ['x', nobody, '%00', '../admin']) {
      await expect(api.member(userKeys.get, { params: { id } })).rejects.toMatchObject({ status: 404 })
      await expect(api.admin(systemKeys.remove, { params: { id } })).rejects.toMatchObject({ status: 404 })
    }
  })

  test('a system key serves the tenant of its administrator, or the installation when a platform administrator made it', async () => {
    const ofTenant = await api.admin(systemKeys.create, { body })
    const ofInstallation = await api.root(systemKeys.create, { body })
    expect((await rowOf(ofTenant.id))?.tenant_id).toBe(api.admin.tenantId)
    expect((await rowOf(ofInstallation.id))?.tenant_id).toBe(api.root.tenantId)
    const seen = async (actor: Actor) => (await actor(systemKeys.list)).map((key) => key.id)
    expect(await seen(api.admin)).toContain(ofTenant.id)
    expect(await seen(api.admin)).not.toContain(ofInstallation.id)
    expect(await seen(api.root)).toEqual([ofInstallation.id])
    expect(await seen(api.stranger)).toEqual([])
    expect(await seen(api.viewer)).toEqual(await seen(api.admin))
    await expect(api.admin(systemKeys.get, { params: ofInstallation })).rejects.toMatchObject(missingSystem)
    await expect(api.root(systemKeys.change, { params: ofTenant, body: { name: 'x' } })).rejects.toMatchObject(missingSystem)
  })

  test('a platform administrator outside the root tenant makes keys of the installation too', async () => {
    const visiting = await api.newActor('platform_admin', await api.newTenant('enterprise'))
    const key = await visiting(systemKeys.create, { body })
    expect((await rowOf(key.id))?.tenant_id).toBe(api.root.tenantId)
  })

  test('the plan comes before the role', async () => {
    const onFree = await api.newActor('platform_admin', await api.newTenant('free'))
    await expect(onFree(systemKeys.list)).rejects.toMatchObject({ status: 403, code: 'plan_required' })
    await expect(onFree(systemKeys.create, { body })).rejects.toMatchObject({ status: 403, code: 'plan_required' })
    expect((await onFree(providers.usageStats)).system_keys).toEqual([])
  })

  test('statistics tell a member nothing of system keys', async () => {
    const fresh = await newMember()
    expect(await fresh(providers.usageStats)).toEqual({ user_keys: [], system_keys: [], total_usage: 0 })
    expect((await api.viewer(providers.usageStats)).system_keys.length).toBeGreaterThan(0)
  })
})

describe('changing a key', () => {
  test('leaves what is not named', async () => {
    const key = await api.member(userKeys.create, { body: { ...body, name: 'Um', usage_limit: 10, weight: 2 } })
    const changed = await api.member(userKeys.change, { params: key, body: { name: 'Dois' } })
    expect(changed).toEqual({ ...key, name: 'Dois', updated_at: changed.updated_at })
    expect(await api.member(userKeys.change, { params: key, body: { usage_limit: null } })).toMatchObject({
      usage_limit: null,
      name: 'Dois',
      weight: 2,
    })
  })

  test('seals a new secret anew, under the same id and usage', async () => {
    const key = await api.member(userKeys.create, { body: { ...body, usage_limit: 10 } })
    await spend(key.id, 2_500_000_000n)
    const before = await rowOf(key.id)
    const changed = await api.member(userKeys.change, { params: key, body: { api_key: newSecret } })
    expect(changed).toMatchObject({ id: key.id, current_usage: 2.5, usage_limit: 10, status: 'active' })
    const after = await rowOf(key.id)
    expect(after?.secret_version).toBe(2)
    expect(after?.sealed_secret?.equals(before!.sealed_secret!)).toBe(false)
    expect(after!.version > before!.version).toBe(true)
  })

  test('keeps the old secret when the provider refuses the new one, or cannot be asked', async () => {
    const key = await api.member(userKeys.create, { body })
    const before = await rowOf(key.id)
    const refused = api.member(userKeys.change, { params: key, body: { api_key: 'sk-invalid-0123456789', name: 'x' } })
    await expect(refused).rejects.toMatchObject({
      status: 400,
      code: 'key_refused',
      message: 'Erro ao atualizar chave do usuário: Chave API inválida',
    })
    const unreachable = api.member(userKeys.change, { params: key, body: { api_key: 'sk-down-0123456789', usage_limit: 1 } })
    await expect(unreachable).rejects.toMatchObject({
      status: 503,
      code: 'provider_unavailable',
      message: 'Erro ao atualizar chave do usuário: provedor indisponível',
    })
    expect(await rowOf(key.id)).toEqual(before)
    const system = await api.admin(systemKeys.create, { body })
    await expect(api.admin(systemKeys.change, { params: system, body: { api_key: 'sk-invalid-0123456789' } })).rejects.toMatchObject({
      message: 'Erro ao atualizar chave do sistema: Chave API inválida',
    })
  })

  test('never sends a stored secret to another address', async () => {
    const key = await api.member(userKeys.create, { body: { ...body, base_url: api.simulator.baseUrls.openai } })
    const wanted = {
      status: 400,
      code: 'invalid_input',
      errors: [{ path: 'base_url', reason: 'alterar base_url exige informar api_key novamente' }],
    }
    for (const base_url of [api.simulator.baseUrls.groq, `${api.simulator.baseUrls.openai}/x`, null]) {
      await expect(api.member(userKeys.change, { params: key, body: { base_url } })).rejects.toMatchObject(wanted)
      await expect(api.member(userKeys.change, { params: key, body: { base_url, validate: false } })).rejects.toMatchObject(wanted)
    }
    expect(await api.member(userKeys.change, { params: key, body: { base_url: `${api.simulator.baseUrls.openai}/` } })).toMatchObject({
      base_url: key.base_url,
    })
    expect(await api.member(userKeys.change, { params: key, body: { base_url: null, api_key: newSecret } })).toMatchObject({
      base_url: null,
    })
  })

  test('a key without a secret may move, and its new address is asked', async () => {
    const key = await api.member(userKeys.create, { body: { provider: 'ollama' } })
    expect(await api.member(userKeys.change, { params: key, body: { base_url: api.simulator.baseUrls.ollama } })).toMatchObject({
      status: 'active',
      base_url: api.simulator.baseUrls.ollama,
    })
    await expect(api.member(userKeys.change, { params: key, body: { base_url: `${api.simulator.origin}/nowhere` } })).rejects.toMatchObject(
      { status: 503 },
    )
  })

  test('two at once both count', async () => {
    const key = await api.member(userKeys.create, { body })
    await Promise.all([
      api.member(userKeys.change, { params: key, body: { api_key: newSecret } }),
      api.member(userKeys.change, { params: key, body: { usage_limit: 5 } }),
    ])
    expect(await api.member(userKeys.get, { params: key })).toMatchObject({ usage_limit: 5 })
    expect((await rowOf(key.id))?.secret_version).toBe(2)
  })
})

describe('the state a key is shown in', () => {
  test('switched off, expired, used up, else what its provider said', async () => {
    const key = await api.member(userKeys.create, { body: { ...body, usage_limit: 10 } })
    const status = async (change: Sent<typeof userKeys.change>['body']) =>
      (await api.member(userKeys.change, { params: key, body: change })).status
    await spend(key.id, 9_999_999_999n)
    expect(await status({})).toBe('active')
    expect(await status({ usage_limit: 9.999999999 })).toBe('limit_reached')
    expect(await status({ expires_at: '2026-06-01T11:59:59Z' })).toBe('expired')
    expect(await status({ is_active: false })).toBe('disabled')
    expect(await status({ is_active: true, expires_at: null, usage_limit: 11 })).toBe('active')
  })

  test('a limit of nothing is reached at once', async () => {
    const key = await api.member(userKeys.create, { body: { ...body, usage_limit: 0 } })
    expect(key).toMatchObject({ usage_limit: 0, status: 'limit_reached' })
    expect((await api.member(providers.usageStats)).user_keys.find(({ key_id }) => key_id === key.id)).toMatchObject({
      usage_percentage: 100,
    })
  })
})

describe('retiring a key', () => {
  test('destroys its secret, keeps its usage, and is final', async () => {
    const key = await api.member(userKeys.create, { body: { ...body, usage_limit: 10 } })
    await spend(key.id, 1n)
    expect(await api.member(userKeys.remove, { params: key })).toEqual({ message: 'Chave removida com sucesso' })
    expect(await rowOf(key.id)).toMatchObject({ status: 'retired', sealed_secret: null, is_active: false })
    expect(
      await api.sql('select posted from limit_counters c join limits l on l.id = c.limit_id where l.subject_id = $1', [key.id]),
    ).toHaveLength(1)
    await expect(api.member(userKeys.remove, { params: key })).rejects.toMatchObject(missingUser)
    await expect(api.member(userKeys.change, { params: key, body: { is_active: true } })).rejects.toMatchObject(missingUser)
  })
})

describe('what is recorded', () => {
  test('every change and every refused key, by whom and what, without a secret', async () => {
    const actor = await api.newActor('admin', await api.newTenant('enterprise'))
    const key = await actor(systemKeys.create, { body: { ...body, usage_limit: 1 } })
    await actor(systemKeys.change, { params: key, body: { api_key: newSecret, usage_limit: 2 } })
    await actor(systemKeys.create, { body: { ...body, api_key: 'sk-invalid-0123456789' } }).catch(() => {})
    await actor(systemKeys.remove, { params: key })
    const rows = await api.sql<Row>(
      "select action, outcome, tenant_id, subject_id, actor_id, before, after from audit_events where actor_id = $1 and action like 'system_key%' order by id",
      [actor.userId],
    )
    expect(rows.map(({ action, outcome, subject_id }) => [action, outcome, subject_id])).toEqual([
      ['system_key.created', 'done', key.id],
      ['system_key.changed', 'done', key.id],
      ['system_key.key_refused', 'refused', null],
      ['system_key.retired', 'done', key.id],
    ])
    expect(rows[1]).toMatchObject({ before: { usage_limit: 1, secret_version: 1 }, after: { usage_limit: 2, secret_version: 2 } })
    expect(rows.every((row) => row.tenant_id === actor.tenantId)).toBe(true)
  })

  test('no secret is in any row, nor in any answer', async () => {
    const tables = await api.sql<{ name: string }>(
      "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
    )
    expect(tables.length).toBeGreaterThan(15)
    for (const { name } of tables) {
      const rows = await api.sql(
        `select t::text as text from "${name}" t where t::text like '%0123456789%' or t::text like '%' || encode('0123456789', 'hex') || '%'`,
      )
      expect([name, rows]).toEqual([name, []])
    }
    const paths = ['/api/llm/user/keys', '/api/llm/system/keys', '/api/llm/usage/stats']
    for (const as of [api.member, api.admin, api.root])
      for (const path of paths) expect(await (await api.fetch(path, { as })).text()).not.toContain('0123456789')
  })
})
