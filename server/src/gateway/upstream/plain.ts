import type { OutgoingHttpHeaders } from 'node:http'
import { addLimitHeaders, usdText } from '../admission/limit-headers.ts'
import { errorFactsOf } from '../../providers/errors/error-body.ts'
import { asObject, parseJson } from '../../providers/json.ts'
import { textBytesOf } from '../../providers/stream/frames.ts'
import { readUsage } from '../../providers/usage/read.ts'
import { Refused } from '../errors.ts'
import type { Charge, Ending, Settled } from '../settlement/settle.ts'
import { Abandoned, countDrained, estimateThen, refuseCall, settleThen, type AnswerHead, type Call, type Sink } from './call.ts'
import { estimatedCharge, reportedCharge } from './charge.ts'
import { answerHeaders } from './headers.ts'
import { hideKey, hideKeys } from './quoted-key.ts'

/** Larger answers (vectors) are not parsed whole: their usage stands at the end. */
const parsedWholeMax = 64 * 1024
const tailBytes = 2048
/** Keys that stand for text in an answer of either dialect. */
const textKeys: ReadonlySet<string> = new Set(['content', 'text', 'reasoning_content', 'thinking'])

/** An answer that comes whole: read to its end, settled, then given to the client with its cost. */
export function plainSink(call: Call, head: AnswerHead): Sink {
  const chunks: Buffer[] = []
  let bytes = 0
  return {
    data(chunk) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > call.state.bounds.answerBytesMax) call.controller?.abort(new Abandoned('the answer is larger than any that is passed on'))
      if (call.isClientGone) countDrained(call, chunk)
    },
    end: () => conclude(call, head, hideKey(call.attempt, Buffer.concat(chunks, bytes))),
    fail: () => breakOff(call, head, Buffer.concat(chunks, bytes)),
  }
}

function conclude(call: Call, head: AnswerHead, body: Buffer): void {
  const { target, endpoint } = call.attempt
  const answer =
    body.length > parsedWholeMax && endpoint.name === 'embeddings'
      ? (parseTail(body) ?? parseJson(body.toString('utf8')))
      : parseJson(body.toString('utf8'))
  const usage = readUsage(target.provider, endpoint.dialect, answer)
  const failure = failureOf(answer)
  if (usage) {
    return settleThen(call, endingOf(head, reportedCharge(usage), failure), (settled) =>
      answerWith(call, head, body, settled, failure !== null),
    )
  }
  if (failure !== null)
    return settleThen(call, endingOf(head, { kind: 'nothing' }, failure), (settled) => answerWith(call, head, body, settled, true))
  const isReadable = answer !== undefined
  estimateThen(call, { textBytes: 0, sample: body, isStream: false }, (buckets) => {
    settleThen(call, endingOf(head, estimatedCharge(buckets), isReadable ? null : 'unreadable_answer'), (settled) => {
      if (isReadable) answerWith(call, head, body, settled, false)
      else refuseCall(call, new Refused('bad_upstream_answer', 'The provider sent an answer that cannot be read.'))
    })
  })
}

/** What came before the break may have been paid for: it is counted, and flagged. */
function breakOff(call: Call, head: AnswerHead, partial: Buffer): void {
  // Closes the string that the cut may have left open, after a backslash too; elsewhere it closes nothing.
  const textBytes = textBytesOf(`${partial.toString('latin1')}""`, 0, textKeys)
  estimateThen(call, { textBytes, sample: Buffer.alloc(0), isStream: false }, (buckets) => {
    settleThen(call, endingOf(head, estimatedCharge(buckets), 'answer_cut'), () =>
      refuseCall(call, new Refused('upstream_lost', "The provider's answer broke off.")),
    )
  })
}

function endingOf(head: AnswerHead, charge: Charge, failure: string | null): Ending {
  return {
    outcome: failure === null ? 'ok' : 'error',
    source: failure === null ? null : 'provider',
    code: failure,
    httpStatus: head.status,
    charge,
  }
}

function answerWith(call: Call, head: AnswerHead, answer: Buffer, { costNanos }: Settled, isError: boolean): void {
  const { res, attempt } = call
  if (!call.isClientGone && !res.destroyed) {
    const isTooLong = isError && answer.length > call.state.bounds.errorBytesMax
    if (isTooLong)
      return refuseCall(call, new Refused('bad_upstream_answer', 'The provider sent an error that is longer than any that is passed on.'))
    const body = isError ? Buffer.from(hideKeys(call.attempt, answer.toString('utf8'))) : answer
    const headers: OutgoingHttpHeaders = answerHeaders(head.headers, attempt.requestId)
    headers['content-length'] = body.length
    headers['x-llm-cost'] = usdText(costNanos)
    addLimitHeaders(headers, attempt, Date.now())
    if (isError) headers['x-llm-error-source'] = 'provider'
    res.writeHead(head.status, headers)
    res.end(body)
  }
  call.finish()
}

/** A 200 can hold an error: its type or code. */
function failureOf(answer: unknown): string | null {
  const { error, object } = asObject(answer)
  // Mistral's errors are the object itself.
  if ((error === undefined || error === null) && object !== 'error') return null
  const facts = errorFactsOf(answer)
  return facts.type || facts.code || 'error'
}

/** The members of an answer from its last `"usage"` on; there is no text in vectors that could look like one. */
function parseTail(body: Buffer): unknown {
  const tail = body.toString('latin1', body.length - tailBytes)
  const at = tail.lastIndexOf('"usage"')
  return at === -1 ? undefined : parseJson(`{${tail.slice(at)}`)
}
