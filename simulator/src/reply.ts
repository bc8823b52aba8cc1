import { once } from 'node:events'
import type { OutgoingHttpHeaders } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Outcome } from './billing/ledger.ts'
import type { Directives } from './directives.ts'
import type { Json } from './json.ts'
import type { Call } from './provider.ts'

/** A piece of a stream and what it stands for on the bill. */
export interface Frame {
  text: string
  output?: number
  reasoning?: number
  /** The terminal mark (`[DONE]`, `message_stop`), which `no_done` leaves out. */
  done?: boolean
}

/** What had been written when a stream ended, and why it ended. */
interface Written {
  output: number
  reasoning: number
  outcome: Outcome
}

const JSON_TYPE = 'application/json'

/** Sends a whole JSON answer. `text` is the serialised body. */
export function sendText(call: Call, status: number, text: string, headers?: OutgoingHttpHeaders): void {
  call.res.writeHead(status, {
    'content-type': JSON_TYPE,
    'content-length': Buffer.byteLength(text),
    ...call.headers,
    ...headers,
  })
  call.res.end(text)
}

/** Sends a JSON value with status 200. */
export function sendJson(call: Call, body: Json): void {
  sendText(call, 200, JSON.stringify(body))
}

/** Resolves after `ms`, or as soon as the client is gone. */
export function pause(call: Call, ms: number): Promise<void> {
  if (ms <= 0 || isGone(call)) return Promise.resolve()
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer)
      call.res.off('close', finish)
      resolve()
    }
    const timer = setTimeout(finish, ms)
    call.res.once('close', finish)
  })
}

/** Has the client closed the connection? */
export function isGone(call: Call): boolean {
  return call.res.destroyed || call.req.socket.destroyed
}

/** Waits until the client gives up (or the simulator stops). */
export async function hang(call: Call): Promise<void> {
  if (!isGone(call)) await once(call.res, 'close')
}

/** Writes one frame, in pieces of `bytewise` bytes when asked, and waits for room when the client reads slowly. */
async function writeFrame(call: Call, text: string, bytewise: number): Promise<void> {
  if (bytewise === 0) {
    if (!call.res.write(text) && !isGone(call)) await roomOf(call)
    return
  }
  const bytes = Buffer.from(text)
  for (let start = 0; start < bytes.length && !isGone(call); start += bytewise) {
    call.res.write(bytes.subarray(start, start + bytewise))
    // A turn of the event loop between writes, so that each leaves as a packet of its own; none after the last, so that
    // the ledger is written before the end of a stream can be seen.
    if (start + bytewise < bytes.length) await nextTurn()
  }
}

function roomOf(call: Call): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      call.res.off('drain', finish)
      call.res.off('close', finish)
      resolve()
    }
    call.res.once('drain', finish)
    call.res.once('close', finish)
  })
}

/** Breaks the connection after everything written so far has left. */
export function cut(call: Call): void {
  call.res.socket?.destroySoon()
}

/**
 * Writes the frames at the asked pace until they end, a fault is due, or the client leaves. Does not end the answer:
 * the caller books first, then calls `res.end()`, so that the ledger never lags behind what a client has seen.
 * `errorFrames` is the dialect's way to fail in band.
 */
export async function writeFrames(call: Call, contentType: string, frames: Iterable<Frame>, errorFrames: () => string[]): Promise<Written> {
  const { directives, res } = call
  const written: Written = { output: 0, reasoning: 0, outcome: 'complete' }
  res.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-cache', ...call.headers })
  let chunks = 0
  for (const frame of frames) {
    const fault = faultDue(directives, chunks)
    if (fault === 'hang') await hang(call)
    if (isGone(call)) return { ...written, outcome: 'disconnected' }
    if (fault === 'cut') {
      cut(call)
      return { ...written, outcome: 'cut' }
    }
    if (fault === 'error') {
      for (const text of errorFrames()) await writeFrame(call, text, directives.bytewise)
      return { ...written, outcome: 'stream_error' }
    }
    if (frame.done && directives.noDone) continue
    written.output += frame.output ?? 0
    written.reasoning += frame.reasoning ?? 0
    await writeFrame(call, frame.text, directives.bytewise)
    chunks += 1
    if (directives.chunkMs > 0 && !frame.done) await pause(call, directives.chunkMs)
  }
  return isGone(call) ? { ...written, outcome: 'disconnected' } : written
}

function faultDue(directives: Directives, chunks: number): 'hang' | 'cut' | 'error' | undefined {
  if (directives.hangAfter === chunks) return 'hang'
  if (directives.cutAfter === chunks) return 'cut'
  if (directives.errorAfter === chunks) return 'error'
  return undefined
}
