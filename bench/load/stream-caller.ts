import { openConnection } from './connection.ts'
import { CONTENT_FRAMES, createFrameReader, nowUs, readContentFrame } from './frames.ts'
import { countFailure, newRequest, type Load } from './load.ts'

const PAUSE_AFTER_LOSS_MS = 20
/** The first streams start spread over the length of one. */
const SPREAD_MS = 1280

/** What was seen of the stream under way. */
type Seen = { id: string; status: string; frames: number; isWrong: boolean; isDone: boolean; hasUsage: boolean }

/** One connection that opens a stream, checks each frame and their order, and opens the next one when it has ended. */
export function startStreamCaller(load: Load, connection: number): { close(): void } {
  const request = newRequest(load, connection)
  let seen = nothingSeen('', '')
  let readFrames = createFrameReader(() => undefined)

  const next = (): void => {
    if (!load.isSending) return
    seen = nothingSeen(request.stamp(), '')
    load.inFlight += 1
    line.write(request.bytes)
  }
  const finish = (problem: string | null): void => {
    load.inFlight -= 1
    load.counts.lostFrames += CONTENT_FRAMES - Math.min(seen.frames, CONTENT_FRAMES)
    if (problem === null) load.counts.ok += 1
    else countFailure(load, problem)
  }
  const events = {
    head: (text: string) => {
      seen = nothingSeen(seen.id, text.slice(9, 12))
      readFrames = createFrameReader((frame) => see(load, seen, frame))
    },
    body: (piece: Buffer) => {
      if (seen.status === '200') readFrames(piece)
    },
    end: () => {
      finish(judge(seen))
      next()
    },
  }
  const line = openConnection(load.order.port, events, (reason) => {
    finish(reason)
    setTimeout(next, PAUSE_AFTER_LOSS_MS)
  })
  setTimeout(next, (SPREAD_MS * connection) / load.shape.connections)
  return line
}

function nothingSeen(id: string, status: string): Seen {
  return { id, status, frames: 0, isWrong: false, isDone: false, hasUsage: false }
}

function see({ counts, shape }: Load, seen: Seen, bytes: Buffer): void {
  const frame = readContentFrame(bytes)
  if (frame === null) {
    const text = bytes.toString('utf8')
    if (text.includes('"usage":{') && text.includes(`"completion_tokens":${shape.tokens.output}`)) seen.hasUsage = true
    if (text === 'data: [DONE]\n\n') seen.isDone = true
    return
  }
  if (frame.id !== seen.id || frame.index !== seen.frames) seen.isWrong = true
  seen.frames += 1
  counts.frames += 1
  counts.latenciesUs.push(nowUs() - frame.sentAtUs)
  counts[frame.isIdentical ? 'identical' : 'altered'] += 1
}

/** What is wrong with a stream that has ended; null when it is whole. */
function judge({ status, frames, isWrong, isDone, hasUsage }: Seen): string | null {
  if (status !== '200') return `status ${status}`
  if (isWrong || frames !== CONTENT_FRAMES) return `${frames} frames${isWrong ? ', out of order' : ''}`
  if (!isDone || !hasUsage) return `no ${isDone ? 'usage' : 'end'} in the stream`
  return null
}
