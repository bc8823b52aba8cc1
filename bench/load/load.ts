import type { LoadOrder } from './messages.ts'
import { ID_DIGITS, requestBody, type Shape } from './shapes.ts'

/** What has happened so far. */
export type Counts = {
  ok: number
  failed: number
  failures: Map<string, number>
  frames: number
  lostFrames: number
  /** Bodies (or frames) that came to the byte as the upstream sent them, and those that only mean the same. */
  identical: number
  altered: number
  latenciesUs: number[]
}

/** One load under way, shared by its connections. */
export type Load = { shape: Shape; order: LoadOrder; counts: Counts; isSending: boolean; inFlight: number; lastId: number }

export function newLoad(shape: Shape, order: LoadOrder): Load {
  const counts = { ok: 0, failed: 0, failures: new Map(), frames: 0, lostFrames: 0, identical: 0, altered: 0, latenciesUs: [] }
  return { shape, order, counts, isSending: true, inFlight: 0, lastId: 0 }
}

/** The request of one connection: its bytes stay, its id changes with each call. */
export type Request = { stamp(): string; bytes: Buffer }

export function newRequest(load: Load, connection: number): Request {
  const { order, shape } = load
  const { bytes: body, idAt } = requestBody(shape)
  const headers = [
    'POST /v1/chat/completions HTTP/1.1',
    `Host: 127.0.0.1:${order.port}`,
    'Accept: application/json',
    'Content-Type: application/json',
    'User-Agent: bench/1',
    ...order.headers[connection % order.headers.length]!,
    `Content-Length: ${body.length}`,
  ]
  const head = Buffer.from(`${headers.join('\r\n')}\r\n\r\n`)
  const bytes = Buffer.concat([head, body])
  return {
    bytes,
    stamp: () => {
      load.lastId += 1
      const id = String(load.lastId).padStart(ID_DIGITS, '0')
      bytes.write(id, head.length + idAt, 'latin1')
      return id
    },
  }
}

export function countFailure({ counts }: Load, reason: string): void {
  counts.failed += 1
  counts.failures.set(reason, (counts.failures.get(reason) ?? 0) + 1)
}
