import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { providerNames } from '@llm-manager/contract/common'
import { providers } from '@llm-manager/contract/providers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../../../test/harness.ts'
import { Secret } from '../../../platform/secret.ts'
import type { ProviderName } from '../../../providers/provider.ts'
import { askProvider } from './ask-provider.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi({ env: { EGRESS_ALLOW: '127.0.0.1' } })
})
afterAll(() => api.close())

type Status = 'active' | 'no_credit' | 'throttled' | 'restricted' | 'blocked' | 'invalid' | 'unreachable'
const kinds = ['good', 'invalid', 'nocredit', 'blocked', 'throttled', 'down'] as const

/**
 * What each provider's free check says of each kind of key. Google and a local Ollama do not tell of money there; a local Ollama looks at no
 * key at all; Cohere, Mistral and DeepSeek say 403 for a lack of rights as for a place, so that is never called a mere restriction.
 */
const said: Record<ProviderName, readonly Status[]> = {
  openai: ['active', 'invalid', 'no_credit', 'blocked', 'throttled', 'unreachable'],
  anthropic: ['active', 'invalid', 'no_credit', 'blocked', 'throttled', 'unreachable'],
  google: ['active', 'invalid', 'active', 'blocked', 'throttled', 'unreachable'],
  groq: ['active', 'invalid', 'no_credit', 'blocked', 'throttled', 'unreachable'],
  ollama: ['active', 'active', 'active', 'active', 'active', 'active'],
  mistral: ['active', 'invalid', 'no_credit', 'blocked', 'throttled', 'unreachable'],
  cohere: ['active', 'invalid', 'no_credit', 'blocked', 'throttled', 'unreachable'],
  deepseek: ['active', 'invalid', 'no_credit', 'blocked', 'throttled', 'unreachable'],
  azure: ['active', 'invalid', 'no_credit', 'blocked', 'throttled', 'unreachable'],
  openrouter: ['active', 'invalid', 'no_credit', 'blocked', 'throttled', 'unreachable'],
}
const table = providerNames.flatMap((provider) => kinds.map((kind, index) => [provider, kind, said[provider][index]!] as const))

const valid: readonly Status[] = ['active', 'no_credit', 'throttled', 'restricted']
const messages: Record<Status, string> = {
  active: 'Chave API válida',
  no_credit: 'Chave API válida, mas a conta no provedor está sem crédito',
  throttled: 'Chave API válida, mas o provedor está limitando as requisições',
  restricted: 'Chave API válida, com permissões restritas no provedor',
  blocked: 'O provedor reconhece a chave, mas bloqueou o acesso',
  invalid: 'Chave API inválida',
  unreachable: 'Não foi possível contatar o provedor; a chave não foi verificada',
}

describe('a key is told good, bad, out of money, blocked, slowed and unknown apart at every provider', () => {
  test.each(table)('%s, %s: %s', async (provider, kind, status) => {
    const answer = await api.member(providers.validate, { body: { provider, api_key: `key-${kind}-0123456789` } })
    expect(answer).toEqual({
      is_valid: valid.includes(status),
      provider,
      message: messages[status],
      model_info: { provider, status, reason: status === 'active' ? null : expect.stringMatching(/^[a-z_]+$/) },
    })
  })

  test.each(providerNames)('%s that never answers, or hangs up, says nothing of the key', async (provider) => {
    for (const [kind, reason] of [
      ['hang', 'timeout'],
      ['reset', 'reset'],
    ] as const) {
      const target = { provider, baseUrl: null, secret: Secret.of(`key-${kind}-0123456789`), options: {} }
      expect(await askProvider(api.server.platform, target, 100)).toEqual({ status: 'unreachable', reason })
    }
  })

  test('OpenAI that takes a key for less than everything calls it restricted', async () => {
    for (const api_key of ['key-restricted-0123456789', 'key-restricted401-0123456789']) {
      const answer = await api.member(providers.validate, { body: { provider: 'openai', api_key } })
      expect(answer.model_info).toEqual({ provider: 'openai', status: 'restricted', reason: 'scope_missing' })
      expect(answer.is_valid).toBe(true)
    }
  })

  test('Cohere that answers 200 and says no is believed', async () => {
    expect(await api.member(providers.validate, { body: { provider: 'cohere', api_key: 'key-invalid-soft-0123456789' } })).toMatchObject({
      is_valid: false,
      model_info: { status: 'invalid' },
    })
  })

  test('Ollama needs no key', async () => {
    expect(await api.member(providers.validate, { body: { provider: 'ollama' } })).toMatchObject({
      is_valid: true,
      model_info: { status: 'active' },
    })
  })

  test('a pasted key is asked about without quotes, Bearer and white space', async () => {
    expect(await api.member(providers.validate, { body: { provider: 'openai', api_key: ' "Bearer sk-good-0123456789"\n' } })).toMatchObject(
      { is_valid: true },
    )
  })
})

describe('addresses that people type', () => {
  test('a compatible server of their own is asked with the key', async () => {
    const answer = await api.member(providers.validate, {
      body: { provider: 'openai', api_key: 'sk-good-0123456789', base_url: `${api.simulator.baseUrls.openai}/` },
    })
    expect(answer).toMatchObject({ is_valid: true })
  })

  test.each([
    ['http://10.0.0.1:8080/v1', 'endereço que não é público'],
    ['http://169.254.169.254/latest', 'endereço que não é público'],
    ['https://[::1]/v1', 'endereço que não é público'],
    ['http://93.184.216.34/v1', 'só https é aceito'],
    ['https://93.184.216.34:22/v1', 'esta porta não é aceita'],
    ['https://user:pass@93.184.216.34/v1', 'não é um endereço de servidor válido'],
    ['https://93.184.216.34/v1?key=1', 'não é um endereço de servidor válido'],
    ['https://no-such-host.invalid/v1', 'o nome não leva a nenhum endereço'],
  ])('%s is refused before anything is sent', async (base_url, why) => {
    const refused = api.member(providers.validate, { body: { provider: 'openai', api_key: 'sk-good-0123456789', base_url } })
    await expect(refused).rejects.toMatchObject({
      status: 400,
      code: 'invalid_input',
      errors: [{ path: 'base_url', reason: expect.stringContaining(`base_url não permitido: ${why}`) }],
    })
  })

  describe('a server that sends elsewhere, talks without end, or talks nonsense', () => {
    let server: Server
    let origin: string
    let seen: (string | undefined)[] = []
    beforeAll(async () => {
      server = createServer((req, res) => {
        seen.push(req.url)
        if (req.url === '/moved/models') return void res.writeHead(302, { location: '/stolen' }).end()
        if (req.url === '/long/models') return void res.end('x'.repeat(300_000))
        res.end('<html>Welcome</html>')
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    })
    afterAll(() => new Promise((resolve) => server.close(resolve)))

    test.each([
      ['/moved', 'redirect'],
      ['/long', 'too_large'],
      ['/page', 'unreadable_answer'],
    ])('%s says nothing of the key', async (path, reason) => {
      seen = []
      const answer = await api.member(providers.validate, {
        body: { provider: 'openai', api_key: 'sk-good-0123456789', base_url: origin + path },
      })
      expect(answer).toMatchObject({ is_valid: false, model_info: { status: 'unreachable', reason } })
      expect(seen).toEqual([`${path}/models`])
    })
  })

  test('nobody at home says nothing of the key', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    const answer = await api.member(providers.validate, {
      body: { provider: 'openai', api_key: 'sk-good-0123456789', base_url: `http://127.0.0.1:${port}/v1` },
    })
    expect(answer).toMatchObject({ is_valid: false, model_info: { status: 'unreachable', reason: 'connect' } })
  })
})

test('validating leaves nothing behind', async () => {
  await api.member(providers.validate, { body: { provider: 'openai', api_key: 'sk-good-0123456789' } })
  expect(await api.sql('select id from provider_keys')).toEqual([])
})

test('the list says what a form must ask for', async () => {
  const { providers: listed } = await api.member(providers.list)
  expect(listed.filter((provider) => !provider.needs_api_key).map((provider) => provider.value)).toEqual(['ollama'])
  expect(listed.every((provider) => provider.base_url?.startsWith(api.simulator.origin))).toBe(true)
})
