import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { baseUrlOf, dialects, languages, writeSnippet } from './snippets.ts'
import type { Dialect, SnippetInput } from './snippets.ts'

const run = promisify(execFile)
const key = 'lm_live_0123456789abcdef'
const input: SnippetInput = {
  origin: 'http://localhost:4000',
  key,
  models: { openai: 'gpt-5-mini', anthropic: 'claude-haiku-4-5' },
  prompt: 'Olá!',
}

describe('the code that is shown', () => {
  test.each(dialects.flatMap((dialect) => languages.map((language) => [dialect, language] as const)))(
    'for %s by %s carries the key and the address of the gateway',
    (dialect, language) => {
      expect(writeSnippet(dialect, language, input)).toContain(key)
      expect(writeSnippet(dialect, language, input)).toContain('http://localhost:4000')
    },
  )

  test('names the address with /v1 for OpenAI’s SDKs and without for Anthropic’s', () => {
    expect(writeSnippet('openai', 'python', input)).toContain('base_url="http://localhost:4000/v1",')
    expect(writeSnippet('anthropic', 'python', input)).toContain('base_url="http://localhost:4000",')
    expect(writeSnippet('openai', 'env', input)).toBe(`OPENAI_BASE_URL=http://localhost:4000/v1\nOPENAI_API_KEY=${key}`)
    expect(writeSnippet('anthropic', 'env', input)).toBe(`ANTHROPIC_BASE_URL=http://localhost:4000\nANTHROPIC_API_KEY=${key}`)
    expect(dialects.map((dialect) => baseUrlOf(dialect, 'http://localhost:4000'))).toEqual([
      'http://localhost:4000/v1',
      'http://localhost:4000',
    ])
  })
})

describe('a shell reads the curl command as it is meant', () => {
  const argumentsOf = async (dialect: Dialect, given: SnippetInput) =>
    (await run('sh', ['-c', `curl() { printf '%s\\0' "$@"; }\n${writeSnippet(dialect, 'curl', given)}`])).stdout.split('\0')

  test('in OpenAI’s dialect', async () => {
    const [url, , authorization, , type, , body = ''] = await argumentsOf('openai', input)
    expect([url, authorization, type]).toEqual([
      'http://localhost:4000/v1/chat/completions',
      `Authorization: Bearer ${key}`,
      'Content-Type: application/json',
    ])
    expect(JSON.parse(body)).toEqual({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'Olá!' }] })
  })

  test('in Anthropic’s', async () => {
    const [url, , credential, , version] = await argumentsOf('anthropic', input)
    expect([url, credential, version]).toEqual(['http://localhost:4000/v1/messages', `x-api-key: ${key}`, 'anthropic-version: 2023-06-01'])
  })

  test('whatever a model is called', async () => {
    const odd = `it's "$(reboot)" \\ \`x\``
    const [, , , , , , body = ''] = await argumentsOf('openai', { ...input, models: { openai: odd, anthropic: odd } })
    expect(JSON.parse(body)).toMatchObject({ model: odd })
  })
})

describe('the providers’ own SDKs run the code as it is copied', () => {
  type Heard = { path: string; credential: unknown; body: unknown }
  let server: Server
  let origin = ''
  const heard: Heard[] = []

  beforeAll(async () => {
    server = createServer((request, response) => {
      void readBody(request).then((body) => {
        heard.push({ path: `${request.method} ${request.url}`, credential: request.headers.authorization, body: JSON.parse(body) })
        response
          .setHeader('content-type', 'application/json')
          .end(
            JSON.stringify(
              request.url === '/v1/messages' ? { content: [{ type: 'text', text: 'Oi' }] } : { choices: [{ message: { content: 'Oi' } }] },
            ),
          )
      })
    })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => new Promise((resolve) => void server.close(resolve)))

  const runModule = async (code: string) =>
    (await run(process.execPath, ['--input-type=module', '--eval', code], { cwd: import.meta.dirname, env: { NODE_ENV: 'test' } })).stdout

  test('OpenAI’s', async () => {
    expect(await runModule(writeSnippet('openai', 'node', { ...input, origin }))).toBe('Oi\n')
    expect(heard.pop()).toMatchObject({
      path: 'POST /v1/chat/completions',
      credential: `Bearer ${key}`,
      body: { model: 'gpt-5-mini', messages: [{ role: 'user', content: 'Olá!' }] },
    })
  })

  test('Anthropic’s', async () => {
    expect(await runModule(writeSnippet('anthropic', 'node', { ...input, origin }))).toBe('Oi\n')
    expect(heard.pop()).toMatchObject({
      path: 'POST /v1/messages',
      credential: `Bearer ${key}`,
      body: { model: 'claude-haiku-4-5', max_tokens: 1024 },
    })
  })
})

async function readBody(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}
