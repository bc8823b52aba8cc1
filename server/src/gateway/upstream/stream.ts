import { addLimitHeaders } from '../admission/limit-headers.ts'
import { createUsageHider } from '../../providers/stream/hider.ts'
import { outputTokens, type TokenBuckets } from '../../providers/usage/buckets.ts'
import { createUsageScanner, type StreamResult } from '../../providers/stream/scanner.ts'
import { Refused, refusalBody } from '../errors.ts'
import type { Charge, Ending } from '../settlement/settle.ts'
import { Abandoned, countDrained, estimateThen, settleThen, type AnswerHead, type Call, type Sink } from './call.ts'
import { estimatedCharge, reportedCharge } from './charge.ts'
import { answerHeaders } from './headers.ts'
import { hideKey } from './quoted-key.ts'
import { createEndWatch } from './stream-end.ts'

/** How much of a stream is kept, to see how dense its text is should it have to be estimated. */
const sampleBytesMax = 16 * 1024
/** After what may be the end so much more may come before it is taken for none. */
const heldBytesMax = 4096
/** A client that takes nothing for so long is taken for gone. */
const stallMs = 120_000

type Streaming = {
  call: Call
  head: AnswerHead
  /** `held`: what may be the end waits for the settlement. `settling`: until that is on the disk. `settled`: nothing waits any more. */
  phase: 'flowing' | 'held' | 'settling' | 'settled'
  /** The provider's end, or how it broke off, once it has come. */
  end: { failure: Error | null } | null
  held: Buffer[]
  heldBytes: number
  sample: Buffer[]
  sampleBytes: number
  /** The last thing written ended an event. */
  atBoundary: boolean
  stall: NodeJS.Timeout | null
  result(): StreamResult
}

/**
 * An answer that streams: every piece goes to the client as it comes, byte for byte, less the usage that only we asked for. What ends the
 * stream waits until the call is settled, which by then is known.
 */
export function streamSink(call: Call, head: AnswerHead): Sink {
  const { attempt } = call
  const { provider } = attempt.target
  const scanner = createUsageScanner(provider, attempt.endpoint.dialect)
  const hider = attempt.plan.hidesUsage ? createUsageHider(provider) : null
  const mayEnd = createEndWatch(attempt.endpoint.dialect)
  const streaming: Streaming = {
    call,
    head,
    phase: 'flowing',
    end: null,
    held: [],
    heldBytes: 0,
    sample: [],
    sampleBytes: 0,
    atBoundary: true,
    stall: null,
    result: scanner.result,
  }
  begin(streaming)
  return {
    data(received) {
      const chunk = hideKey(call.attempt, received)
      scanner.push(chunk)
      keepSample(streaming, chunk)
      if (call.isClientGone) countDrained(call, chunk)
      if (mayEnd(chunk) && streaming.phase === 'flowing') streaming.phase = 'held'
      for (const piece of hider ? hider.push(chunk) : [chunk]) pass(streaming, piece)
      if (streaming.phase === 'held') settleIfComplete(streaming)
    },
    end() {
      scanner.end()
      for (const piece of hider?.end() ?? []) streaming.held.push(piece)
      conclude(streaming, null)
    },
    fail(error) {
      scanner.end()
      for (const piece of hider?.end() ?? []) streaming.held.push(piece)
      conclude(streaming, error)
    },
  }
}

function begin({ call, head }: Streaming): void {
  if (call.isClientGone) return
  const headers = answerHeaders(head.headers, call.attempt.requestId)
  addLimitHeaders(headers, call.attempt, Date.now())
  call.res.writeHead(head.status, headers)
  // The head goes with the first piece where both came together, else alone.
  setImmediate(() => call.res.flushHeaders())
}

function pass(streaming: Streaming, piece: Buffer): void {
  if (streaming.phase === 'flowing' || streaming.phase === 'settled') return send(streaming, piece)
  streaming.held.push(piece)
  streaming.heldBytes += piece.length
  if (streaming.phase === 'settling' || streaming.heldBytes <= heldBytesMax) return
  streaming.phase = 'flowing'
  flush(streaming)
}

/** Usage is final once the answer is complete: then the call is settled before the event that ends the stream goes out. */
function settleIfComplete(streaming: Streaming): void {
  const { usage, usageIsFinal, error } = streaming.result()
  if (!usage || !usageIsFinal || error) return
  streaming.phase = 'settling'
  settleThen(streaming.call, endingOf(streaming, reportedCharge(usage), null), () => {
    streaming.phase = 'settled'
    flush(streaming)
    if (streaming.end) close(streaming, null)
  })
}

/** The stream is over, in whatever way: settles what is not settled, and lets the client have the end. */
function conclude(streaming: Streaming, failure: Error | null): void {
  const { call } = streaming
  streaming.end = { failure }
  if (streaming.phase === 'settling') return
  if (streaming.phase === 'settled') return close(streaming, null)
  const result = streaming.result()
  const { usage, error, finished } = result
  const code = error ? error.type : failure instanceof Abandoned ? null : failure || !finished ? 'answer_cut' : null
  const done = () => close(streaming, failure)
  if (usage && result.usageIsFinal && !error) {
    return settleThen(call, endingOf(streaming, reportedCharge(usage), null), done)
  }
  if (error && !usage && result.outputBytes === 0) return settleThen(call, endingOf(streaming, { kind: 'nothing' }, code), done)
  estimateThen(call, { textBytes: result.outputBytes, sample: Buffer.concat(streaming.sample), isStream: true }, (estimated) => {
    const buckets = usage ? completed(usage.buckets, estimated) : estimated
    settleThen(call, endingOf(streaming, estimatedCharge(buckets, usage), code), done)
  })
}

/** An early report knows the input; of the output at least what was received. */
function completed(reported: TokenBuckets, estimated: TokenBuckets): TokenBuckets {
  const missing = estimated.output - outputTokens(reported)
  return missing > 0 ? { ...reported, output: reported.output + missing } : reported
}

function endingOf({ head }: Streaming, charge: Charge, code: string | null): Ending {
  return { outcome: code === null ? 'ok' : 'error', source: code === null ? null : 'provider', code, httpStatus: head.status, charge }
}

/** After a break the client is told by an event of its dialect where one can still be told apart, else by a cut connection. */
function close(streaming: Streaming, failure: Error | null): void {
  const { call } = streaming
  flush(streaming)
  if (streaming.stall) clearTimeout(streaming.stall)
  if (!call.isClientGone && !call.res.destroyed) {
    if (failure && !streaming.atBoundary) call.res.destroy()
    else call.res.end(failure ? errorEvent(call) : undefined)
  }
  call.finish()
}

function errorEvent({ attempt }: Call): string {
  const { errors } = attempt.endpoint
  const data = JSON.stringify(refusalBody(errors, attempt.requestId, new Refused('upstream_lost', "The provider's answer broke off.")))
  return errors === 'anthropic' ? `event: error\ndata: ${data}\n\n` : `data: ${data}\n\n`
}

function flush(streaming: Streaming): void {
  const { held } = streaming
  streaming.held = []
  streaming.heldBytes = 0
  for (const piece of held) send(streaming, piece)
}

function send(streaming: Streaming, piece: Buffer): void {
  const { call } = streaming
  if (call.isClientGone || piece.length === 0) return
  streaming.atBoundary =
    piece.length >= 2 && piece[piece.length - 1] === 0x0a && (piece[piece.length - 2] === 0x0a || piece[piece.length - 2] === 0x0d)
  if (call.res.write(piece) || streaming.stall) return
  call.controller?.pause()
  streaming.stall = setTimeout(() => call.res.destroy(), stallMs)
  call.res.once('drain', () => {
    if (streaming.stall) clearTimeout(streaming.stall)
    streaming.stall = null
    call.controller?.resume()
  })
}

function keepSample(streaming: Streaming, chunk: Buffer): void {
  const room = sampleBytesMax - streaming.sampleBytes
  if (room <= 0) return
  const kept = Buffer.from(chunk.subarray(0, room))
  streaming.sample.push(kept)
  streaming.sampleBytes += kept.length
}
