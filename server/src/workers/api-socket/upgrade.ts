import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { connectFor } from './forward.ts'

/** Whether a request asks to go on as a WebSocket: other upgrades (`h2c` of Java's client) are not offered, and their requests answered plainly. */
export function wantsWebSocket(req: IncomingMessage): boolean {
  return req.headers.upgrade?.toLowerCase() === 'websocket'
}

/** Hands a client's connection over to the API for good; where the API does not upgrade, its answer is the last thing on it. */
export function forwardUpgrade(apiSocket: string, req: IncomingMessage, client: Socket, head: Buffer): void {
  client.on('error', () => {})
  let toApi: ClientRequest
  try {
    const createConnection = () => connectFor(apiSocket, client)
    toApi = request({ createConnection, method: req.method, path: req.url, headers: req.rawHeaders, setHost: false })
  } catch {
    client.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n')
    return
  }
  toApi.on('upgrade', (answer, api: Socket, apiHead) => {
    api.on('error', () => {})
    client.write(headOf(answer, []))
    client.write(apiHead)
    api.write(head)
    client.pipe(api).pipe(client)
    api.on('close', () => client.destroy())
    client.on('close', () => api.destroy())
  })
  toApi.on('response', (answer) => {
    client.write(headOf(answer, ['connection', 'keep-alive', 'transfer-encoding'], 'connection: close\r\n'))
    answer.pipe(client)
    // Read on, or its end is never seen.
    client.resume()
  })
  toApi.on('error', () => client.destroy())
  client.on('close', () => toApi.destroy())
  toApi.end()
}

function headOf(answer: IncomingMessage, without: string[], more = ''): string {
  let head = `HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\n`
  for (let at = 0; at < answer.rawHeaders.length; at += 2) {
    const name = answer.rawHeaders[at]!
    if (!without.includes(name.toLowerCase())) head += `${name}: ${answer.rawHeaders[at + 1]}\r\n`
  }
  return `${head}${more}\r\n`
}
