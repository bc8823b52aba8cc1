import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSimulator, type Simulator } from '../../../simulator/src/simulator.ts'
import { echoModels, startEchoProvider, type EchoProvider } from './echo-provider.ts'
import { providersEnv, withSql } from './installation.ts'
import { endLeftovers, newDataDir, postgresUrl, removeDataDir, startProcess, waitUntil, type ServerProcess } from './processes.ts'
import { readFiles, readTables, scannerFor, type Finding, type Place } from './secret-scan.ts'

/**
 * A secret of each kind goes through what succeeds and what fails, with the log at its most talkative; then each is looked for in every
 * row, log line, answer, metric and file. None may be found but in the one answer that shows it. That the search finds what is there
 * is proved by one more secret, planted in each kind of place.
 */

const hex = (bytes = 24) => randomBytes(bytes).toString('hex')
const encryptionKey = randomBytes(32)

/** By the name under which a finding is told. Those that the product makes are added as they become known. */
const secrets: Record<string, string | Buffer> = {
  'system key': `sk-proj-${hex()}`,
  'system key after its rotation': `sk-proj-${hex()}`,
  'user key': `sk-ant-${hex()}`,
  'user key after its rotation': `sk-ant-${hex()}`,
  'key of the echoing provider': hex(),
  'key that its provider refuses': `sk-refused-${hex()}`,
  'key whose check breaks': `sk-broken-${hex()}`,
  'key whose provider is away': hex(),
  'key that was only asked about': `gsk_${hex()}`,
  'key in malformed JSON': `sk-proj-${hex()}`,
  'key in the wrong field': `sk-proj-${hex()}`,
  'key in an unknown field': `sk-proj-${hex()}`,
  'key in a query': `sk-proj-${hex()}`,
  'key in a path': hex(),
  'key shown to the gateway': `sk-proj-${hex()}`,
  'access key that nobody has': `lm_live_${hex()}`,
  'password in an address': hex(),
  'password of the administrator': hex(),
  'wrong password': hex(),
  'password too long to be one': hex(200),
  'password of a user': hex(),
  'refresh token that nobody has': `lr_${hex()}`,
  'metrics token': hex(),
  'wrong metrics token': hex(),
  'encryption key': encryptionKey.toString('base64url'),
  'bytes of the encryption key': encryptionKey,
  'secret of the tokens': hex(32),
  'words of a prompt': hex(),
  planted: hex(),
}
const secretOf = (name: string) => String(secrets[name])

const dataDir = newDataDir()
let simulator: Simulator
let echo: EchoProvider
let server: ServerProcess
const answers: Place[] = []
/** Answers of another status than the scenario means. */
const surprises: string[] = []
let findings: Finding[]

type Ask = {
  method?: string
  token?: string
  headers?: Record<string, string>
  body?: unknown
  raw?: string
  shows?: string[]
  expected?: number
}

/** Asks the server, keeps all of the answer, and answers its body. */
async function ask(
  what: string,
  path: string,
  { method = 'GET', token, headers, body, raw, shows, expected = 200 }: Ask = {},
): Promise<Record<string, unknown>> {
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(body))
  const response = await fetch(server.origin + path, {
    method: text === undefined ? method : method === 'GET' ? 'POST' : method,
    redirect: 'manual',
    headers: {
      ...(text !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: text,
  })
  const said = await response.text()
  answers.push({ place: `answer to: ${what}`, bytes: Buffer.from(JSON.stringify([...response.headers]) + said), shows })
  if (response.status !== expected) surprises.push(`${what}: ${response.status} ${said.slice(0, 300)}`)
  return response.headers.get('content-type')?.startsWith('application/json') && said.startsWith('{')
    ? (JSON.parse(said) as Record<string, unknown>)
    : {}
}

/** Remembers secrets that an answer has shown. */
function learn(answer: Record<string, unknown>, names: Record<string, string>): void {
  for (const [field, name] of Object.entries(names)) {
    expect(typeof answer[field], name).toBe('string')
    // What makes a token one is its signature; the rest of it stands in every other token too.
    secrets[name] = String(answer[field]).split('.').at(-1)!
  }
}

beforeAll(async () => {
  ;[simulator, echo] = await Promise.all([startSimulator(), startEchoProvider()])
  server = await startProcess({
    DATA_DIR: dataDir,
    LOG_LEVEL: 'trace',
    ENCRYPTION_KEY: secretOf('encryption key'),
    JWT_SECRET_KEY: secretOf('secret of the tokens'),
    METRICS_TOKEN: secretOf('metrics token'),
    ...providersEnv(simulator),
    PROVIDER_BASE_URL_DEEPSEEK: echo.baseUrl,
    PROVIDER_BASE_URL_MISTRAL: 'http://127.0.0.1:1/v1',
  })
  secrets['set-up token'] = server.setupToken ?? ''
  const root = await signInEveryWay()
  await handKeysIn(root)
  const accessKey = await makeAccessKeys(root)
  await callGateway(accessKey)
  await readEverything(root)
  await plant()
  const scan = (places: Iterable<Place>) => scannerFor(secrets)(places)
  await waitUntil(
    'nothing waits in the journal',
    async () => (await withSql(postgresUrl(dataDir), (sql) => sql('select 1 from usage_events'))).length >= echoModels.length,
  )
  findings = [
    ...scan(answers),
    ...scan(await withSql(postgresUrl(dataDir), readTables)),
    ...scan(readFiles(dataDir, { 'postgres-password': ['password of the database'] })),
  ]
  expect((await server.stop()).code).toBe(0)
  findings.push(
    ...scan([
      { place: 'log', bytes: Buffer.from(`${server.output()}\n{"msg":"a line that says ${encodeURIComponent(secretOf('planted'))}"}`) },
    ]),
  )
  findings.push(...scan(readFiles(dataDir, { 'postgres-password': ['password of the database'] })))
}, 240_000)
afterAll(async () => {
  await server?.stop()
  await endLeftovers([dataDir])
  await Promise.all([simulator?.close(), echo?.close()])
  removeDataDir(dataDir)
})

/** Set-up, sign-in, refresh and the console's session, right and wrong; and the tokens of an embedding product. */
async function signInEveryWay(): Promise<string> {
  const tokens = { access_token: 'access token', refresh_token: 'refresh token' }
  const credentials = { email: 'root@example.com', password: secretOf('password of the administrator') }
  await ask('set-up with a wrong link', '/api/setup', {
    body: { token: secretOf('refresh token that nobody has'), name: 'Root', ...credentials },
    expected: 401,
  })
  learn(
    await ask('set-up', '/api/setup', {
      body: { token: secretOf('set-up token'), name: 'Root', ...credentials },
      expected: 201,
      shows: Object.values(tokens),
    }),
    tokens,
  )
  await ask('set-up again', '/api/setup', { body: { token: secretOf('set-up token'), name: 'Root', ...credentials }, expected: 409 })
  await ask('sign-in with a wrong password', '/api/auth/login', {
    body: { ...credentials, password: secretOf('wrong password') },
    expected: 401,
  })
  await ask('sign-in with too long a password', '/api/auth/login', {
    body: { ...credentials, password: secretOf('password too long to be one') },
    expected: 400,
  })
  const signedIn = { access_token: 'access token of the session', refresh_token: 'refresh token of the sign-in' }
  learn(
    await ask('sign-in', '/api/auth/login', {
      body: credentials,
      shows: [...Object.values(signedIn), 'access token of the session again'],
    }),
    signedIn,
  )
  // Within a second the access token of a session is the same.
  const refreshed = { access_token: 'access token of the session again', refresh_token: 'refresh token of the refresh' }
  const refresh = await ask('refresh', '/api/auth/refresh', {
    body: { refresh_token: secretOf('refresh token of the sign-in') },
    shows: [...Object.values(refreshed), 'access token of the session'],
  })
  learn(refresh, refreshed)
  await ask('refresh with a token that nobody has', '/api/auth/refresh', {
    body: { refresh_token: secretOf('refresh token that nobody has') },
    expected: 401,
  })
  const session = { session_secret: 'secret of the console session' }
  learn(
    await ask('session of the console', '/api/auth/session', { body: credentials, expected: 201, shows: Object.values(session) }),
    session,
  )
  const exchanged = { access_token: 'access token of the console session' }
  learn(
    await ask('token for the console', '/api/auth/session/token', {
      body: { session_secret: secretOf('secret of the console session') },
      shows: Object.values(exchanged),
    }),
    exchanged,
  )
  await embed(String(refresh.access_token))
  return String(refresh.access_token)
}

async function embed(root: string): Promise<void> {
  const sign = async (name: string, key: string, expiresAt: number) => {
    const token = await new SignJWT({ plan: 'enterprise' })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('id-in-the-product')
      .setExpirationTime(expiresAt)
      .sign(Buffer.from(key))
    secrets[name] = token.split('.')[2]!
    return token
  }
  const nowS = Math.floor(Date.now() / 1000)
  await ask('a user of an embedding product', '/api/users', {
    token: root,
    body: {
      email: 'embedded@example.com',
      name: 'E',
      password: secretOf('password of a user'),
      external_id: 'id-in-the-product',
      roles: ['admin'],
    },
    expected: 201,
  })
  await ask('a user again', '/api/users', {
    token: root,
    body: { email: 'embedded@example.com', name: 'E', password: secretOf('password of a user') },
    expected: 409,
  })
  await ask('embedding token', '/api/auth/me', { token: await sign('embedding token', secretOf('secret of the tokens'), nowS + 600) })
  await ask('expired embedding token', '/api/auth/me', {
    token: await sign('expired embedding token', secretOf('secret of the tokens'), nowS - 600),
    expected: 401,
  })
  await ask('forged embedding token', '/api/auth/me', {
    token: await sign('forged embedding token', 'another secret, as long as the right one', nowS + 600),
    expected: 401,
  })
}

/** Keys that are taken, replaced, refused, not to be asked about, and misplaced. */
async function handKeysIn(token: string): Promise<void> {
  const system = '/api/llm/system/keys'
  const user = '/api/llm/user/keys'
  const systemKey = await ask('new system key', system, {
    token,
    body: { provider: 'openai', api_key: secretOf('system key') },
    expected: 201,
  })
  await ask('rotated system key', `${system}/${String(systemKey.id)}`, {
    method: 'PUT',
    token,
    body: { api_key: secretOf('system key after its rotation') },
  })
  const userKey = await ask('new user key', user, { token, body: { provider: 'anthropic', api_key: secretOf('user key') }, expected: 201 })
  await ask('rotated user key', `${user}/${String(userKey.id)}`, {
    method: 'PUT',
    token,
    body: { api_key: `"${secretOf('user key after its rotation')}" ` },
  })
  await ask('key of the echoing provider', system, {
    token,
    body: { provider: 'deepseek', api_key: secretOf('key of the echoing provider') },
    expected: 201,
  })
  await ask('refused key', user, {
    token,
    body: { provider: 'deepseek', api_key: secretOf('key that its provider refuses') },
    expected: 400,
  })
  await ask('key whose check breaks', user, {
    token,
    body: { provider: 'deepseek', api_key: secretOf('key whose check breaks') },
    expected: 503,
  })
  await ask('key whose provider is away', user, {
    token,
    body: { provider: 'mistral', api_key: secretOf('key whose provider is away') },
    expected: 503,
  })
  await ask('key stored without being asked about', user, {
    token,
    body: { provider: 'mistral', api_key: secretOf('key whose provider is away'), validate: false },
    expected: 201,
  })
  await ask('question about a key', '/api/llm/validate', {
    token,
    body: { provider: 'groq', api_key: secretOf('key that was only asked about') },
  })
  await ask('question about a refused key', '/api/llm/validate', {
    token,
    body: { provider: 'deepseek', api_key: secretOf('key that its provider refuses') },
  })
  await ask('malformed JSON', user, {
    token,
    raw: `{"provider": "openai", "api_key": "${secretOf('key in malformed JSON')}`,
    expected: 400,
  })
  await ask('key in the wrong field', user, {
    token,
    body: {
      provider: secretOf('key in the wrong field'),
      api_key: secretOf('key in the wrong field'),
      usage_limit: secretOf('key in the wrong field'),
    },
    expected: 400,
  })
  await ask('key in an unknown field', user, {
    token,
    body: { provider: 'openai', api_key: secretOf('key in an unknown field'), apiKey: secretOf('key in an unknown field') },
    expected: 400,
  })
  await ask('key in a query', `${user}?api_key=${secretOf('key in a query')}`, { token })
  await ask('key in a path', `${user}/${secretOf('key in a path')}`, { token, expected: 404 })
  await ask('key in a path that is none', `/api/${secretOf('key in a path')}`, { token, expected: 404 })
  await ask('password in an address', user, {
    token,
    body: {
      provider: 'openai',
      api_key: secretOf('key in the wrong field'),
      base_url: `http://user:${secretOf('password in an address')}@127.0.0.1:9/v1`,
    },
    expected: 400,
  })
}

async function makeAccessKeys(token: string): Promise<string> {
  const me = await ask('who is signed in', '/api/auth/me', { token })
  const made = await ask('new access key', '/api/access-keys', {
    token,
    body: { name: 'A', user_id: me.id },
    expected: 201,
    shows: ['access key'],
  })
  learn(made, { key: 'access key' })
  const rotated = await ask('rotated access key', `/api/access-keys/${String(made.id)}/rotate`, {
    method: 'POST',
    token,
    expected: 201,
    shows: ['access key after its rotation'],
  })
  learn(rotated, { key: 'access key after its rotation' })
  for (const model of echoModels)
    await ask('price', '/api/prices', {
      token,
      body: { provider: 'deepseek', model, effective_from: '2020-01-01T00:00:00Z', per_million: { input: 1, output: 1 } },
      expected: 201,
    })
  return secretOf('access key after its rotation')
}

/** Good calls, refusals of ours, and every way in which a provider repeats the key that it was sent. */
async function callGateway(accessKey: string): Promise<void> {
  const chat = (model: string, more = {}) => ({
    model,
    messages: [{ role: 'user', content: `say ${secretOf('words of a prompt')}` }],
    ...more,
  })
  const path = '/v1/chat/completions'
  await ask('call', path, { token: accessKey, body: chat('gpt-4o-mini') })
  await ask('streamed call', path, { token: accessKey, body: chat('gpt-4o-mini', { stream: true }) })
  await ask('call of Anthropic', '/v1/messages', {
    headers: { 'x-api-key': accessKey },
    body: { ...chat('claude-haiku-4-5'), max_tokens: 50 },
  })
  await ask('models', '/v1/models', { token: accessKey })
  await ask('call to a provider that is away', path, { token: accessKey, body: chat('mistral/mistral-small-latest'), expected: 502 })
  await ask('call with a replaced access key', path, { token: secretOf('access key'), body: chat('gpt-4o-mini'), expected: 401 })
  await ask('call with an access key that nobody has', path, {
    headers: { 'api-key': secretOf('access key that nobody has') },
    body: chat('gpt-4o-mini'),
    expected: 401,
  })
  await ask("call with a provider's key", path, { token: secretOf('key shown to the gateway'), body: chat('gpt-4o-mini'), expected: 401 })
  await ask('call with two keys', path, {
    token: accessKey,
    headers: { 'x-api-key': secretOf('key shown to the gateway') },
    body: chat('gpt-4o-mini'),
    expected: 400,
  })
  await ask('call with its key in the query', `${path}?key=${secretOf('key in a query')}`, { body: chat('gpt-4o-mini'), expected: 401 })
  await ask('malformed call', path, {
    token: accessKey,
    raw: `{"model": "gpt-4o-mini", "api_key": "${secretOf('key in malformed JSON')}`,
    expected: 400,
  })
  await ask('call of a model named like a key', path, {
    token: accessKey,
    body: chat(secretOf('system key')),
    expected: 404,
    shows: ['system key'],
  })
  const statuses: Record<string, number> = {
    'echo-401': 401,
    'echo-429': 429,
    'echo-500': 500,
    'echo-redirect': 502,
    'echo-reset': 502,
    'echo-garbage': 502,
  }
  for (const model of echoModels)
    await ask(`call that ends in ${model}`, path, {
      token: accessKey,
      body: chat(`deepseek/${model}`, { stream: model === 'echo-stream' }),
      expected: statuses[model] ?? 200,
    })
}

async function readEverything(token: string): Promise<void> {
  for (const path of [
    '/api/llm/system/keys',
    '/api/llm/user/keys',
    '/api/llm/usage/stats',
    '/api/llm/providers',
    '/api/agents',
    '/api/access-keys',
    '/api/prices',
    '/api/users',
    '/api/tenants',
    '/api/auth/me',
    '/api/auth/sessions',
    '/api/usage/summary',
    '/api/usage/events?limit=200',
    '/api/usage/timeseries?group_by=model',
    '/api/usage/breakdown?group_by=model',
    '/api/status',
  ])
    await ask(path, path, { token })
  for (const path of ['/healthz', '/readyz', '/openapi.json', '/docs', '/.well-known/jwks.json', '/metrics']) await ask(path, path)
  await ask('metrics with their token', '/metrics', { token: secretOf('metrics token') })
  await ask('metrics with a wrong token', '/metrics', { token: secretOf('wrong metrics token') })
  await ask('sign-out', '/api/auth/logout', { method: 'POST', token, expected: 204 })
  await ask('after the sign-out', '/api/auth/me', { token, expected: 401 })
  secrets['password of the database'] = decodeURIComponent(new URL(postgresUrl(dataDir)).password)
}

/** One more secret, in every kind of place and in every kind of writing. */
async function plant(): Promise<void> {
  const planted = secretOf('planted')
  await withSql(postgresUrl(dataDir), async (sql) => {
    await sql('create table planted (as_text text, as_bytes bytea, as_json jsonb)')
    await sql('insert into planted values ($1, $2, $3)', [
      `before ${planted.slice(0, 20)}`,
      Buffer.from(planted),
      JSON.stringify({ deep: [Buffer.from(`Bearer ${planted}`).toString('base64')] }),
    ])
  })
  writeFileSync(join(dataDir, 'planted'), Buffer.concat([randomBytes(100_000), Buffer.from(planted.slice(-14)), randomBytes(1000)]))
  answers.push({
    place: 'planted answer',
    bytes: Buffer.from(JSON.stringify({ 'x-debug': Buffer.from(`key=${planted}`).toString('base64url') })),
  })
}

test('the scenario went as it is told', () => {
  expect(surprises).toEqual([])
})

test('what is planted is found, wherever it is and however it is written', () => {
  const places = findings.filter(({ secret }) => secret === 'planted').map(({ place, form }) => `${place}: ${form}`)
  for (const place of [
    'planted.as_text: as it is',
    'planted.as_bytes: hex',
    'planted.as_json: base64',
    'file planted: as it is',
    'planted answer: base64url',
    'log: as it is',
  ])
    expect(places).toContain(place)
  expect(places.some((place) => place.startsWith('file postgres/'))).toBe(true)
})

test('every secret was there to be found', async ({ annotate }) => {
  expect(Object.values(secrets).every((value) => value.length >= 16)).toBe(true)
  const shown = answers.flatMap(({ shows = [] }) => shows)
  const inAnswers = new Set(scannerFor(secrets)(answers.map(({ place, bytes }) => ({ place, bytes }))).map(({ secret }) => secret))
  for (const name of shown) expect(inAnswers, name).toContain(name)
  await annotate(`${Object.keys(secrets).length} secrets, ${answers.length} answers, ${server.output().length} characters of log`)
})

test('no secret is anywhere but in the answer that shows it', () => {
  expect(findings.filter(({ secret }) => secret !== 'planted')).toEqual([])
})
