import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool, type Dispatcher } from 'undici'

/**
 * The floor for a gateway on node:http: a request goes to the upstream and its answer comes back, as bytes, and nothing else is
 * done. Run as `bare-gateway.ts <upstream origin>` with a message channel.
 */
const upstream = new Pool(process.argv[2]!)

function passThrough(request: IncomingMessage, response: ServerResponse): void {
  const pieces: Buffer[] = []
  request.on('data', (piece: Buffer) => void pieces.push(piece))
  request.on('end', () => {
    const body = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
    const { authorization, 'content-type': type } = request.headers
    const headers = ['authorization', authorization ?? '', 'content-type', type ?? 'application/json']
    upstream.dispatch({ method: request.method as Dispatcher.HttpMethod, path: request.url ?? '/', headers, body }, answerTo(response))
  })
}

function answerTo(response: ServerResponse): Dispatcher.DispatchHandler {
  return {
    onRequestStart: () => undefined,
    onResponseStart: (_controller, status, headers) => {
      const { 'content-type': type, 'content-length': length } = headers
      response.writeHead(status, { 'content-type': String(type), ...(length !== undefined && { 'content-length': String(length) }) })
    },
    onResponseData: (_controller, piece) => void response.write(piece),
    onResponseEnd: () => void response.end(),
    onResponseError: () => void response.destroy(),
  }
}

const server = createServer({ keepAliveTimeout: 60_000 }, passThrough)
server.listen(0, '127.0.0.1', () => process.send?.({ type: 'ready', port: (server.address() as AddressInfo).port }))
process.on('disconnect', () => process.exit(0))
