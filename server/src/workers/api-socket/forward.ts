import { Agent, request, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { peerLine } from './peer.ts'

/** What belongs to one connection and not to the message (RFC 9110, 7.6.1). `expect` has been answered by whoever took the connection. */
const ofConnection = new Set(['connection', 'keep-alive', 'proxy-connection', 'upgrade', 'expect'])
/** Node adds no framing of its own to these. */
const bodiless = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'])

/** The private connection of each client's connection: what one client sends goes over one, which stands for that client. */
const agents = new WeakMap<Socket, Agent>()

/**
 * Passes a request on to the API over its private socket, and the answer back, both as they come. The API sees method, path, headers and
 * the address of the client as if there were nobody in between.
 */
export function forward(apiSocket: string, req: IncomingMessage, res: ServerResponse): void {
  const toApi = open(apiSocket, req)
  if (!toApi) {
    // A path or a header with characters that may not be sent on.
    res.writeHead(400, { connection: 'close' }).end()
    return
  }
  let isAnswered = false
  toApi.on('response', (answer) => {
    isAnswered = true
    passBack(answer, res)
    // The API has said its last word; what the client still sends is for nobody.
    answer.on('end', () => req.complete || toApi.destroy())
  })
  toApi.on('error', () => {
    // From the answer on, only what becomes of the answer counts.
    if (!isAnswered) answerUnavailable(res)
  })
  res.on('close', () => {
    if (!res.writableFinished) toApi.destroy()
  })
  toApi.on('close', () => {
    // What nobody read must not stay in the way of the client's next request.
    req.unpipe(toApi)
    req.resume()
  })
  req.pipe(toApi)
}

function open(apiSocket: string, req: IncomingMessage): ClientRequest | null {
  try {
    const agent = agentOf(apiSocket, req.socket)
    return request({ agent, method: req.method, path: req.url, headers: headersToApi(req), setHost: false })
  } catch {
    return null
  }
}

function passBack(answer: IncomingMessage, res: ServerResponse): void {
  if (/\bclose\b/i.test(answer.headers.connection ?? '')) res.shouldKeepAlive = false
  const headers = keepHeaders(answer.rawHeaders, (name) => !ofConnection.has(name) && name !== 'transfer-encoding')
  res.writeHead(answer.statusCode ?? 502, answer.statusMessage, headers)
  // The head of a stream of events is worth something before there is an event.
  res.flushHeaders()
  answer.on('error', () => res.destroy())
  answer.pipe(res)
}

function answerUnavailable(res: ServerResponse): void {
  res.writeHead(503, { 'content-type': 'application/json', 'retry-after': '1', connection: 'close' })
  res.end(JSON.stringify({ detail: 'The API does not answer.', code: 'unavailable' }))
}

function agentOf(apiSocket: string, client: Socket): Agent {
  const known = agents.get(client)
  if (known) return known
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  agent.createConnection = () => connectFor(apiSocket, client)
  agents.set(client, agent)
  client.once('close', () => agent.destroy())
  return agent
}

/** A connection to the API that speaks for a client. */
export function connectFor(apiSocket: string, client: Socket): Socket {
  const toApi = connect(apiSocket)
  toApi.write(peerLine(client))
  return toApi
}

/** As they came: order, spelling and repetition included. A request without a body says so, since none may be made up for it. */
function headersToApi(req: IncomingMessage): string[] {
  const headers = keepHeaders(req.rawHeaders, (name) => !ofConnection.has(name))
  const saysLength = req.headers['content-length'] !== undefined || req.headers['transfer-encoding'] !== undefined
  return saysLength || bodiless.has(req.method ?? '') ? headers : [...headers, 'content-length', '0']
}

/** Of names and values in turn, the pairs whose name, in small letters, is kept. */
function keepHeaders(rawHeaders: readonly string[], isKept: (name: string) => boolean): string[] {
  const kept: string[] = []
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (isKept(rawHeaders[at]!.toLowerCase())) kept.push(rawHeaders[at]!, rawHeaders[at + 1]!)
  return kept
}
