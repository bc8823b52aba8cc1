import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { encode } from 'next-auth/jwt'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { forwardToApi } from './api-forward.ts'
import { parseConsoleConfig } from './console-config.ts'
import type { ConsoleConfig } from './console-config.ts'
import { csrfTokenOf } from './session-cookie.ts'

type Seen = { method: string; url: string; headers: IncomingMessage['headers']; body: string }

let api: Server
let console_: Server
let origin = ''
let config: ConsoleConfig
let seen: Seen[] = []
let exchanges = 0
let session = 0
let released: () => void = () => {}

/** Stands in for the API: it knows how to exchange sessions and to say what it was sent. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const body = Buffer.concat(parts).toString()
  if (request.url === '/api/auth/session/token') {
    exchanges += 1
    const { session_secret } = JSON.parse(body) as { session_secret: string }
    if (session_secret === 'ls_ended') return json(response, 401, { detail: 'ended', code: 'unauthenticated', request_id: 'r' })
    return json(response, 200, { access_token: `at ${session_secret}`, token_type: 'Bearer', expires_in: 300 })
  }
  seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
  if (request.url === '/api/revoked') return json(response, 401, { detail: 'revoked', code: 'unauthenticated', request_id: 'r' })
  if (request.url === '/api/stream') {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'set-cookie': 'evil=1', 'x-kept': 'yes' })
    response.write('data: one\n\n')
    await new Promise<void>((resolve) => (released = resolve))
    response.end('data: two\n\n')
    return
  }
  json(response, 200, { ok: true })
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)),
  )
}

async function cookieFor(secret: string): Promise<string> {
  return `other=1; llm-session=${await encode({ token: { secret }, secret: config.sessionSecret })}`
}

/** A call from a page of the console, signed in with a session of its own. */
async function callAs(secret: string, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = {
    cookie: await cookieFor(secret),
    origin,
    'x-csrf-token': csrfTokenOf({ secret }, config),
    ...(init.headers as Record<string, string>),
  }
  return fetch(origin + path, { ...init, headers })
}

beforeAll(async () => {
  api = createServer((request, response) => void answer(request, response))
  config = parseConsoleConfig({ API_URL: await listen(api), SESSION_SECRET: 's'.repeat(32) })
  console_ = createServer((request, response) => void forwardToApi(request, response, config))
  origin = await listen(console_)
})

afterAll(() => {
  for (const server of [api, console_]) {
    server.closeAllConnections()
    server.close()
  }
})

beforeEach(() => {
  seen = []
  exchanges = 0
  session += 1
})

test('the API gets the body, the language and an access token, and never a cookie', async () => {
  const reply = await callAs(`ls_${session}`, '/api/agents?limit=5', {
    method: 'POST',
    body: '{"name":"Ana"}',
    headers: { 'content-type': 'application/json', 'accept-language': 'es', 'x-forwarded-for': '203.0.113.7' },
  })
  expect([reply.status, await reply.json()]).toEqual([200, { ok: true }])
  expect(seen).toMatchObject([{ method: 'POST', url: '/api/agents?limit=5', body: '{"name":"Ana"}' }])
  expect(seen[0]?.headers).toMatchObject({
    authorization: `Bearer at ls_${session}`,
    'accept-language': 'es',
    'content-type': 'application/json',
  })
  expect(seen[0]?.headers['x-forwarded-for']).toBe('203.0.113.7, 127.0.0.1')
  expect(seen[0]?.headers).not.toHaveProperty('cookie')
  expect(seen[0]?.headers).not.toHaveProperty('x-csrf-token')
})

test('many calls at once exchange the session once', async () => {
  await Promise.all(Array.from({ length: 12 }, () => callAs(`ls_${session}`, '/api/agents')))
  expect([exchanges, seen.length]).toEqual([1, 12])
})

test('a change without the CSRF token, or with another session’s, does not reach the API', async () => {
  const secret = `ls_${session}`
  for (const token of ['', csrfTokenOf({ secret: 'ls_other' }, config)]) {
    const reply = await callAs(secret, '/api/agents', { method: 'POST', headers: { 'x-csrf-token': token } })
    expect([reply.status, ((await reply.json()) as { code: string }).code]).toEqual([403, 'forbidden'])
  }
  expect(seen).toEqual([])
})

test('what another site asks for does not reach the API', async () => {
  const foreign: Record<string, string>[] = [{ origin: 'http://evil.example' }, { 'sec-fetch-site': 'cross-site' }]
  for (const headers of foreign) expect((await callAs(`ls_${session}`, '/api/agents', { method: 'DELETE', headers })).status).toBe(403)
  expect(seen).toEqual([])
})

test('calls that answer with tokens are not there for a browser', async () => {
  const paths = [
    '/api/auth/login',
    '/api/auth/refresh',
    '/api/auth/session',
    '/api/auth/session/token',
    '/api/auth/logout',
    '/api/setup',
    '/api/Setup/',
  ]
  for (const path of paths) expect([path, (await callAs(`ls_${session}`, path, { method: 'POST' })).status]).toEqual([path, 404])
  expect([seen, exchanges]).toEqual([[], 0])
})

test('without a session the API itself says who may', async () => {
  expect((await fetch(`${origin}/api/status`)).status).toBe(200)
  expect(seen[0]?.headers).not.toHaveProperty('authorization')
})

test('a session that has ended is answered 401 in the API’s form', async () => {
  const reply = await callAs('ls_ended', '/api/agents')
  expect([reply.status, await reply.json()]).toMatchObject([401, { code: 'unauthenticated' }])
})

test('a refused token is not used again', async () => {
  await callAs(`ls_${session}`, '/api/revoked')
  await callAs(`ls_${session}`, '/api/agents')
  expect(exchanges).toBe(2)
})

test('an event stream arrives as it is sent, without the API’s cookies', async () => {
  const reply = await callAs(`ls_${session}`, '/api/stream')
  const reader = reply.body?.pipeThrough(new TextDecoderStream()).getReader()
  expect((await reader?.read())?.value).toBe('data: one\n\n')
  released()
  expect((await reader?.read())?.value).toBe('data: two\n\n')
  expect([reply.headers.get('set-cookie'), reply.headers.get('x-kept'), reply.headers.get('cache-control')]).toEqual([
    null,
    'yes',
    'no-store',
  ])
})

test('when the browser leaves a stream, the API’s end is closed too', async () => {
  const cutShort = new Promise<boolean>((resolve) => {
    const listenFor = (request: IncomingMessage, response: ServerResponse) => {
      if (request.url !== '/api/stream') return
      api.off('request', listenFor)
      response.once('close', () => resolve(!response.writableEnded))
    }
    api.on('request', listenFor)
  })
  const leaving = new AbortController()
  const reply = await callAs(`ls_${session}`, '/api/stream', { signal: leaving.signal })
  await reply.body?.getReader().read()
  leaving.abort()
  expect(await cutShort).toBe(true)
  released()
})

test('an API that is away is said to be, as 503', async () => {
  const away = { ...config, apiUrl: 'http://127.0.0.1:1' }
  const alone = createServer((request, response) => void forwardToApi(request, response, away))
  const address = await listen(alone)
  const reply = await fetch(`${address}/api/status`)
  expect([reply.status, await reply.json()]).toMatchObject([503, { code: 'unavailable' }])
  alone.closeAllConnections()
  alone.close()
})
