import { isDeepStrictEqual } from 'node:util'
import { openConnection } from './connection.ts'
import { nowUs } from './frames.ts'
import { countFailure, newRequest, type Load } from './load.ts'
import { answerBody } from './shapes.ts'

const PAUSE_AFTER_LOSS_MS = 20

/** One connection that calls, checks the whole answer, and calls again until the load is over. */
export function startPlainCaller(load: Load, connection: number): { close(): void } {
  const request = newRequest(load, connection)
  const expected = answerBody(load.shape)
  let id = ''
  let sentAtUs = 0
  let status = ''
  let pieces: Buffer[] = []

  const next = (): void => {
    if (!load.isSending) return
    id = request.stamp()
    load.inFlight += 1
    sentAtUs = nowUs()
    line.write(request.bytes)
  }
  /** What is wrong with the answer; null when it is right. */
  const judge = (body: Buffer): string | null => {
    if (status !== '200') return `status ${status}`
    expected.bytes.write(id, expected.idAt, 'latin1')
    const isIdentical = body.equals(expected.bytes)
    if (!isIdentical && !meansTheSame(body, expected.bytes)) return 'wrong body'
    load.counts[isIdentical ? 'identical' : 'altered'] += 1
    return null
  }
  const finish = (body: Buffer): void => {
    load.inFlight -= 1
    const problem = judge(body)
    if (problem !== null) return countFailure(load, problem)
    load.counts.ok += 1
    load.counts.latenciesUs.push(nowUs() - sentAtUs)
  }
  const events = {
    head: (text: string) => {
      status = text.slice(9, 12)
      pieces = []
    },
    body: (piece: Buffer) => void pieces.push(piece),
    end: () => {
      finish(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces))
      next()
    },
  }
  const line = openConnection(load.order.port, events, (reason) => {
    load.inFlight -= 1
    countFailure(load, reason)
    setTimeout(next, PAUSE_AFTER_LOSS_MS)
  })
  next()
  return line
}

function meansTheSame(body: Buffer, expected: Buffer): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(body.toString('utf8')), JSON.parse(expected.toString('utf8')))
  } catch {
    return false
  }
}
