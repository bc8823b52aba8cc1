import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createMessageReader } from './http-messages.ts'
import { watchLag } from './lag.ts'
import { createStreamer } from './mock-stream.ts'
import { UPSTREAM_KEY, type MockStats } from './messages.ts'
import { MODEL, SHAPES, answerBody, findId, ID_DIGITS, requestBody, type ShapeName } from './shapes.ts'

/**
 * The upstream: an OpenAI-shaped server that answers one shape of traffic as cheaply as it can. Run as `mock.ts <shape>` with a
 * message channel: tells its port, and answers `stats`. Ends with its parent.
 */
const shape = SHAPES[process.argv[2] as ShapeName]
const stats = { served: 0, refused: 0, identicalRequests: 0, alteredRequests: 0 }
const lag = watchLag()
const stream = createStreamer(shape)
const expected = requestBody(shape)

const answer = answerBody(shape)
const answerHead = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${answer.bytes.length}\r\n\r\n`)
const plainAnswer = { bytes: Buffer.concat([answerHead, answer.bytes]), idAt: answerHead.length + answer.idAt }

function serve(socket: Socket): void {
  let head = ''
  let pieces: Buffer[] = []
  socket.setNoDelay(true)
  const read = createMessageReader({
    head: (text) => {
      head = text
      pieces = []
    },
    body: (piece) => void pieces.push(piece),
    end: () => respond(socket, head, pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)),
  })
  socket.on('data', (piece) => {
    try {
      read(piece)
    } catch {
      socket.destroy()
    }
  })
  socket.on('error', () => socket.destroy())
}

function respond(socket: Socket, head: string, body: Buffer): void {
  if (head.startsWith('GET /v1/models'))
    return send(socket, 200, { object: 'list', data: [{ id: MODEL, object: 'model', created: 1_760_000_000, owned_by: 'openai' }] })
  if (!head.startsWith('POST /v1/chat/completions')) return refuse(socket, 404, 'no such path')
  if (!head.includes(`Bearer ${UPSTREAM_KEY}`)) return refuse(socket, 401, 'wrong key')
  const at = findId(body)
  if (at === -1) return refuse(socket, 400, 'no id')
  const id = body.toString('latin1', at, at + ID_DIGITS)
  expected.bytes.write(id, expected.idAt, 'latin1')
  if (body.equals(expected.bytes)) stats.identicalRequests += 1
  else stats.alteredRequests += 1
  stats.served += 1
  if (shape.unit === 'frame') return stream(socket, id)
  const bytes = Buffer.from(plainAnswer.bytes)
  bytes.write(id, plainAnswer.idAt, 'latin1')
  if (shape.upstreamDelayMs === 0) socket.write(bytes)
  else setTimeout(() => socket.write(bytes), shape.upstreamDelayMs)
}

function refuse(socket: Socket, status: number, message: string): void {
  stats.refused += 1
  send(socket, status, { error: { message, type: 'invalid_request_error', param: null, code: null } })
}

function send(socket: Socket, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  socket.write(`HTTP/1.1 ${status} Mock\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`)
}

const server = createServer(serve)
server.listen(0, '127.0.0.1', () => process.send?.({ type: 'ready', port: (server.address() as AddressInfo).port }))
process.on('message', (message) => {
  if (message === 'stats') process.send?.({ type: 'stats', ...stats, maxLagMs: lag.readMaxMs() } satisfies MockStats)
  if (message === 'begin') lag.reset()
})
process.on('disconnect', () => process.exit(0))
