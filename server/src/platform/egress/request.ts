import type { IncomingHttpHeaders } from 'node:http'
import { request as send } from 'undici'
import type { Agent, Dispatcher } from 'undici'
import { EgressFailed, EgressRefused, toEgressError } from './errors.ts'

export type EgressRequest = {
  method?: Dispatcher.HttpMethod
  headers?: Record<string, string>
  body?: string | Buffer
  /** For everything: name, connection, request, answer. */
  timeoutMs: number
  /** Of the answer's body. */
  maxBytes: number
  signal?: AbortSignal
}

export type EgressResponse = { status: number; headers: IncomingHttpHeaders; body: Buffer }

/** Ours to set: a foreign `host` would also change the name that TLS verifies. */
const OWN_HEADERS = new Set(['host', 'accept-encoding', 'content-length', 'transfer-encoding', 'connection', 'upgrade', 'expect'])

/**
 * One call, bounded in time and size, through a guarded agent. Follows no redirect, reads no proxy variable, asks for no compression
 * (a body compressed all the same comes back as it came).
 * @param check judges the address first; its time counts too
 * @throws EgressRefused `redirect` for any 3xx; whatever `check` refuses
 * @throws EgressFailed
 * @throws the signal's reason when the caller aborts
 */
export async function requestCapped(
  agent: Agent,
  check: (url: string) => Promise<URL>,
  address: string,
  request: EgressRequest,
): Promise<EgressResponse> {
  const deadline = AbortSignal.timeout(request.timeoutMs)
  const signal = request.signal === undefined ? deadline : AbortSignal.any([request.signal, deadline])
  const host = URL.canParse(address) ? new URL(address).hostname : ''
  try {
    const url = await untilAborted(check(address), signal)
    const method = request.method ?? 'GET'
    const response = await send(url, {
      dispatcher: agent,
      method,
      headers: ownHeaders(request.headers),
      body: request.body ?? null,
      signal,
    })
    // The body is given up in two of three ways out; what that makes it emit is of no interest.
    response.body.on('error', () => {})
    const { statusCode: status, headers } = response
    const announced = method === 'HEAD' ? 0 : Number(headers['content-length'] ?? 0)
    if ((status >= 300 && status < 400) || announced > request.maxBytes) {
      response.body.destroy()
      throw status < 400 && status >= 300 ? new EgressRefused('redirect', host) : new EgressFailed('too_large', host)
    }
    return { status, headers, body: await readCapped(response.body, request.maxBytes, host) }
  } catch (error) {
    throw request.signal?.aborted === true ? request.signal.reason : toEgressError(deadline.aborted ? deadline.reason : error, host)
  }
}

async function readCapped(body: AsyncIterable<Buffer>, maxBytes: number, host: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let total = 0
  for await (const chunk of body) {
    total += chunk.length
    // Leaving the loop destroys the stream, and with it the connection.
    if (total > maxBytes) throw new EgressFailed('too_large', host)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function ownHeaders(headers: Record<string, string> = {}): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name.toLowerCase()))
  return { ...Object.fromEntries(kept), 'accept-encoding': 'identity' }
}

/** The promise, or the signal's reason as soon as it aborts: a name lookup cannot be called off. */
async function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(signal.reason)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
