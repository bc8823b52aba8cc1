import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Ledger } from './billing/ledger.ts'
import type { Directives } from './directives.ts'
import { behaviourOfKey, failureOfKey } from './faults.ts'
import { refuse } from './generate.ts'
import { parseObject, type JsonObject } from './json.ts'
import type { Call, Failure, Provider, Route } from './provider.ts'
import { hang } from './reply.ts'

const MAX_BODY_BYTES = 32 * 1024 * 1024
const START = randomBytes(6).toString('hex')
let served = 0

/** 24 hex digits, unique over restarts: 12 random ones of this process, then a counter. */
function nextSerial(): string {
  return START + (++served).toString(16).padStart(12, '0')
}

/** What all calls of one simulator share. */
export interface Surroundings {
  providers: Map<string, Provider>
  ledger: Ledger
  defaults: Directives
  /** How often each route was called and with what status, for tests of callers. */
  counts: Map<string, number>
}

/** Answers one request below `/<provider>`; `target` is the URL as sent, starting with a slash. */
export async function serveProvider(req: IncomingMessage, res: ServerResponse, target: string, around: Surroundings): Promise<void> {
  const mark = target.indexOf('?')
  const pathname = mark < 0 ? target : target.slice(0, mark)
  const slash = pathname.indexOf('/', 1)
  const provider = around.providers.get(pathname.slice(1, slash < 0 ? undefined : slash))
  if (!provider) {
    res.writeHead(404, { 'content-type': 'application/json', 'x-simulator': 'true' })
    res.end('{"detail":"no such provider"}')
    return
  }
  const path = slash < 0 ? '/' : pathname.slice(slash)
  const query = new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1))
  const call = openCall(provider, req, res, path, query, around)
  const { route } = call
  res.once('close', () => countCall(around.counts, provider, req, route, res))

  const { key, failure } = provider.credential(req.headers, path, query)
  call.key = key
  if (key !== undefined) call.behaviour = behaviourOfKey(key)
  if (call.behaviour === 'reset') return void req.socket.resetAndDestroy()
  if (call.behaviour === 'hang') return hang(call)

  const body = req.method === 'POST' ? await readBody(req) : {}
  if (body === 'aborted') return
  const guarded = route.access === 'check' || route.access === 'generate'
  const refused = (guarded ? (failure ?? failureOfKey(call)) : undefined) ?? bodyFailure(body)
  if (refused) return refuse(call, refused)
  if (typeof body === 'object') call.body = body
  await route.handle(call)
}

function bodyFailure(body: JsonObject | 'malformed' | 'too_large'): Failure | undefined {
  if (body === 'malformed') return { kind: 'bad_request', message: 'We could not parse the JSON body of your request.' }
  if (body === 'too_large') return { kind: 'request_too_large' }
  return undefined
}

function openCall(
  provider: Provider,
  req: IncomingMessage,
  res: ServerResponse,
  path: string,
  query: URLSearchParams,
  around: Surroundings,
): Call {
  const serial = nextSerial()
  const { requestId, headers } = provider.identify(serial)
  const { route, params } = findRoute(provider, req.method ?? '', path)
  headers['x-simulator'] = 'true'
  return {
    provider,
    route,
    req,
    res,
    path,
    query,
    params,
    key: undefined,
    behaviour: 'good',
    body: {},
    serial,
    requestId,
    headers,
    directives: around.defaults,
    ledger: around.ledger,
    model: null,
    stream: false,
    completionId: requestId,
  }
}

function findRoute(provider: Provider, method: string, path: string): { route: Route; params: string[] } {
  for (const route of provider.routes) {
    if (route.method !== method) continue
    if (typeof route.path === 'string') {
      if (route.path === path) return { route, params: [] }
      continue
    }
    const match = route.path.exec(path)
    if (match) return { route, params: match.slice(1).map(decode) }
  }
  return { route: NOWHERE, params: [] }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Unknown paths are refused after the key check, as providers do. */
const NOWHERE: Route = {
  method: 'GET',
  path: '',
  access: 'check',
  handle: (call) => refuse(call, { kind: 'not_found' }),
}

/** By events, not by iteration: this is on the path of every request of a benchmark. */
function readBody(req: IncomingMessage): Promise<JsonObject | 'malformed' | 'too_large' | 'aborted'> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = []
    let bytes = 0
    req.on('data', (piece: Buffer) => {
      bytes += piece.length
      if (bytes <= MAX_BODY_BYTES) pieces.push(piece)
    })
    req.once('error', () => resolve('aborted'))
    req.once('close', () => resolve('aborted'))
    req.once('end', () => {
      if (bytes > MAX_BODY_BYTES) return resolve('too_large')
      if (bytes === 0) return resolve({})
      const whole = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)
      resolve(parseObject(whole.toString('utf8')) ?? 'malformed')
    })
  })
}

function countCall(counts: Map<string, number>, provider: Provider, req: IncomingMessage, route: Route, res: ServerResponse): void {
  const place = route === NOWHERE ? '(unknown)' : String(route.path)
  const name = `${provider.name} ${req.method} ${place} ${res.headersSent ? res.statusCode : 'none'}`
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
