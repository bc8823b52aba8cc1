import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'

/**
 * What a provider's answer says of its own connection, of its own site, or of nobody's business. Lengths are set anew by whoever answers.
 */
const dropped: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'set-cookie',
  'set-cookie2',
  'alt-svc',
  'strict-transport-security',
  'date',
  'report-to',
  'nel',
  'x-request-id',
])

/** The provider's headers as the client gets them, with our request id; the provider's own is beside it. */
export function answerHeaders(from: IncomingHttpHeaders, requestId: string): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {}
  const named = typeof from.connection === 'string' ? from.connection.toLowerCase() : ''
  for (const name in from) {
    if (dropped.has(name) || name.startsWith('x-llm-') || (named !== '' && named.split(',').some((part) => part.trim() === name))) continue
    headers[name] = from[name]
  }
  const theirs = from['x-request-id']
  if (theirs !== undefined) headers['x-llm-provider-request-id'] = theirs
  headers['x-request-id'] = requestId
  return headers
}
