import type { Socket } from 'node:net'
import { CONTENT_AT, CONTENT_FRAME, CONTENT_FRAMES, lastFrames, nowUs } from './frames.ts'
import { STREAM, type Shape } from './shapes.ts'

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n'

type Stream = { socket: Socket; template: Buffer; sent: number }

/** Writes streams: a first frame at once, then one every 20 ms, then the last ones together. One timer serves all streams. */
export function createStreamer(shape: Shape): (socket: Socket, id: string) => void {
  const last = Buffer.concat([chunked(lastFrames(shape)), Buffer.from('0\r\n\r\n')])
  const frame = chunked(CONTENT_FRAME)
  const idAt = frame.indexOf(CONTENT_FRAME) + CONTENT_AT
  const slots = Array.from({ length: STREAM.frameMs }, () => new Set<Stream>())
  let slotAt = Math.floor(performance.now())

  const writeNext = (stream: Stream): boolean => {
    if (stream.socket.destroyed) return false
    if (stream.sent === CONTENT_FRAMES) {
      stream.socket.write(last)
      return false
    }
    const bytes = Buffer.from(stream.template)
    bytes.write(String(stream.sent).padStart(4, '0'), idAt + 9, 'latin1')
    bytes.write(String(nowUs()).padStart(16, '0'), idAt + 14, 'latin1')
    stream.socket.write(bytes)
    stream.sent += 1
    return true
  }

  const tick = (): void => {
    for (const now = performance.now(); slotAt <= now; slotAt += 1) {
      const slot = slots[slotAt % STREAM.frameMs]!
      for (const stream of slot) if (!writeNext(stream)) slot.delete(stream)
    }
  }
  setInterval(tick, 1).unref()

  return (socket, id) => {
    const template = Buffer.from(frame)
    template.write(id, idAt, 'latin1')
    const stream = { socket, template, sent: 0 }
    socket.write(HEAD)
    writeNext(stream)
    // The slot just passed comes round a full pause from now.
    slots[(slotAt + STREAM.frameMs - 1) % STREAM.frameMs]!.add(stream)
  }
}

function chunked(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
}
