import { randomUUID } from 'node:crypto'
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { pipeline } from 'node:stream'
import { CallFailed } from '@llm-manager/contract/client'
import type { ErrorCode } from '@llm-manager/contract/errors'
import { accessTokenOf, forgetAccessToken } from './access-token.ts'
import type { ConsoleConfig } from './console-config.ts'
import { isSameOrigin, isUnsafe } from './same-origin.ts'
import { cookieOf, isCsrfToken, openSessionCookie, sessionCookieName } from './session-cookie.ts'
import type { BrowserSession } from './session-cookie.ts'

const agents = { 'http:': new HttpAgent({ keepAlive: true }), 'https:': new HttpsAgent({ keepAlive: true }) }

/** What the API is told of the browser's request; cookies above all are not among it. */
const requestHeaders = [
  'accept',
  'accept-encoding',
  'accept-language',
  'content-type',
  'content-length',
  'if-none-match',
  'last-event-id',
  'range',
  'user-agent',
]
/** What belongs to one connection, or must not be set by the API on the console's origin. */
const droppedReplyHeaders = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'set-cookie',
  'strict-transport-security',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
/** Calls whose answers carry tokens: the browser never gets any, it has its cookie. */
const privatePaths = new Set([
  '/api/auth/login',
  '/api/auth/logout',
  '/api/auth/refresh',
  '/api/auth/session',
  '/api/auth/session/token',
  '/api/setup',
])

/**
 * Hands a browser's `/api/*` request to the API with the access token of its session, and the answer back,
 * both as they come: an event stream is passed on byte by byte.
 * Refuses what did not come from a page of this console, and unsafe methods without the session's CSRF token.
 */
export async function forwardToApi(request: IncomingMessage, response: ServerResponse, config: ConsoleConfig): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://console')
  if (privatePaths.has(pathname.toLowerCase().replace(/\/+$/, ''))) return refuse(response, 404, 'not_found', 'Not found')
  if (!isSameOrigin(request.method, request.headers, config.publicOrigin))
    return refuse(response, 403, 'forbidden', 'The request did not come from the console')
  const session = await openSessionCookie(cookieOf(request.headers.cookie, sessionCookieName(config)), config)
  if (session && isUnsafe(request.method) && !isCsrfToken(request.headers['x-csrf-token']?.toString(), session, config)) {
    return refuse(response, 403, 'forbidden', 'The CSRF token is missing or belongs to another session')
  }
  try {
    const token = session ? await accessTokenOf(session, config) : null
    relay(request, response, config, { session, headers: headersFor(request, token) })
  } catch (failure) {
    if (failure instanceof CallFailed && failure.status === 401) return refuse(response, 401, 'unauthenticated', 'The session has ended')
    refuse(response, 503, 'unavailable', 'The API could not be reached')
  }
}

function headersFor(request: IncomingMessage, token: string | null): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {}
  for (const name of requestHeaders) if (request.headers[name] !== undefined) headers[name] = request.headers[name]
  headers['x-forwarded-for'] = forwardedFor(request.headers, request.socket.remoteAddress)
  if (token) headers.authorization = `Bearer ${token}`
  return headers
}

/** The chain of addresses so far, and the one that this server saw itself. */
export function forwardedFor(headers: IncomingHttpHeaders, remoteAddress: string | undefined): string {
  return [headers['x-forwarded-for'], remoteAddress].flat().filter(Boolean).join(', ')
}

type Outgoing = { session: BrowserSession | null; headers: OutgoingHttpHeaders }

function relay(request: IncomingMessage, response: ServerResponse, config: ConsoleConfig, { session, headers }: Outgoing): void {
  const url = new URL(request.url ?? '/', config.apiUrl)
  const isTls = url.protocol === 'https:'
  const upstream = (isTls ? httpsRequest : httpRequest)(url, { method: request.method, headers, agent: agents[isTls ? 'https:' : 'http:'] })
  upstream.on('response', (answer) => {
    if (answer.statusCode === 401 && session) forgetAccessToken(session)
    response.writeHead(answer.statusCode ?? 502, replyHeaders(answer.headers))
    response.flushHeaders()
    pipeline(answer, response, () => {})
  })
  upstream.on('error', () => {
    if (response.headersSent) response.destroy()
    else refuse(response, 503, 'unavailable', 'The API could not be reached')
  })
  response.on('close', () => upstream.destroy())
  request.pipe(upstream)
}

function replyHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const kept: OutgoingHttpHeaders = { 'cache-control': 'no-store' }
  for (const [name, value] of Object.entries(headers)) if (value !== undefined && !droppedReplyHeaders.has(name)) kept[name] = value
  return kept
}

/** The API's own form of refusal, so that the browser has one kind of error to read. */
function refuse(response: ServerResponse, status: number, code: ErrorCode, detail: string): void {
  if (response.headersSent) return
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify({ detail, code, request_id: randomUUID() }))
}
