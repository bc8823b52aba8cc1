import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { Dispatcher } from 'undici'
import { answerRefusal, type Refused } from '../errors.ts'
import { estimateTokens, type Received } from '../settlement/estimate.ts'
import { settleAttempt, type Attempt, type Ending, type Settled } from '../settlement/settle.ts'
import { hideKeys } from './quoted-key.ts'
import type { GatewayState } from '../state.ts'

/** A call under way to its provider. */
export type Call = {
  state: GatewayState
  attempt: Attempt
  res: ServerResponse
  /** As it was sent upstream: what an estimate counts. */
  body: Buffer
  controller: Dispatcher.DispatchController | null
  /** The request went, or began to go, to the provider. */
  isSent: boolean
  isClientGone: boolean
  /** Bytes of the answer read since the client left. */
  drainedBytes: number
  isSettled: boolean
  isOver: boolean
  /** Gives back all that the call holds of the process. Does nothing the second time. */
  finish(): void
}

/** What becomes of an answer, from its head on. `fail`: it broke off, or we stopped reading it. */
export type Sink = { data(chunk: Buffer): void; end(): void; fail(error: Error): void }

/** The head of a provider's answer. */
export type AnswerHead = { status: number; headers: IncomingHttpHeaders }

/** We stopped reading an answer. */
export class Abandoned extends Error {
  override readonly name = 'Abandoned'
}

/** What is looked through for keys of a provider's word for its error; far less is kept. */
const codeCharsMax = 1000

/** Settles the call, once, then goes on; at once, unless the journal is to be on the disk first. */
export function settleThen(call: Call, ending: Ending, next: (settled: Settled) => void): void {
  if (call.isSettled) return abandon(call)
  call.isSettled = true
  const leftEarly = call.isClientGone && (ending.outcome === 'ok' || ending.source === 'client')
  // A provider's word for its error is the provider's own text, of any length.
  const told = ending.code === null ? ending : { ...ending, code: hideKeys(call.attempt, ending.code.slice(0, codeCharsMax)) }
  const settled = settleAttempt(call.state, call.attempt, leftEarly ? { ...told, outcome: 'client_gone', source: 'client' } : told)
  if (!settled.durable) return next(settled)
  // Where the disk failed the answer is still the client's, who paid for it.
  void settled.durable.catch(() => {}).then(() => next(settled))
}

/** Something went wrong after the settlement: there is nothing more to charge, and nothing right left to say. */
function abandon(call: Call): void {
  if (call.isOver) return
  call.res.destroy()
  call.finish()
}

/** Counts what the provider did not report. Never fails. */
export function estimateThen(call: Call, received: Received, next: (buckets: Awaited<ReturnType<typeof estimateTokens>>) => void): void {
  estimateTokens(call.body, received)
    .then(next)
    .catch((err: unknown) => {
      call.state.platform.log.error({ err }, 'a call could not be concluded')
      call.res.destroy()
      call.finish()
    })
}

/** Tells the client of a failure in its dialect, if it is still there, and ends the call. */
export function refuseCall(call: Call, refused: Refused): void {
  if (!call.isClientGone) answerRefusal(call.res, call.attempt.endpoint.errors, call.attempt.requestId, refused)
  call.finish()
}

/** Keeps the reading of an answer whose client has left within its bounds. */
export function countDrained(call: Call, chunk: Buffer): void {
  call.drainedBytes += chunk.length
  if (call.drainedBytes > call.state.bounds.drainBytesMax)
    call.controller?.abort(new Abandoned('the client has left and the answer is too long to be read on'))
}
