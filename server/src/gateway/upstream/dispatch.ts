import type { Dispatcher, Pool } from 'undici'
import { EgressRefused, toEgressError } from '../../platform/egress/errors.ts'
import { classifyError } from '../../providers/errors/classify.ts'
import type { UpstreamRequest } from '../../providers/upstream/request.ts'
import { Refused } from '../errors.ts'
import { gatewayMetrics } from '../metrics.ts'
import type { Ending } from '../settlement/settle.ts'
import { Abandoned, estimateThen, refuseCall, settleThen, type AnswerHead, type Call, type Sink } from './call.ts'
import { estimatedCharge } from './charge.ts'
import { answerHeaders } from './headers.ts'
import { plainSink } from './plain.ts'
import { hideKeyInHeaders, hideKeys } from './quoted-key.ts'
import { streamSink } from './stream.ts'

/** Sends a call whose hold is written, and sees it through to its settlement and the client's answer. */
export function dispatchCall(call: Call, pool: Pool, { path, headers }: UpstreamRequest): void {
  watchClient(call)
  try {
    pool.dispatch({ method: 'POST', path, headers, body: call.body }, handlerOf(call))
  } catch (error) {
    failBeforeHead(call, error instanceof Error ? error : new Error(String(error)))
  }
}

function handlerOf(call: Call): Dispatcher.DispatchHandler {
  let sink: Sink | null = null
  return {
    onRequestStart(controller) {
      call.controller = controller
      if (call.isClientGone) return controller.abort(new Abandoned('the client has left'))
      call.isSent = true
      gatewayMetrics.overhead(performance.now() - call.attempt.startedMs)
    },
    onResponseStart(_, status, headers) {
      if (status < 200) return
      call.attempt.firstByteMs = performance.now()
      sink = sinkFor(call, { status, headers: hideKeyInHeaders(call.attempt, headers) })
    },
    onResponseData: (_, chunk) => sink?.data(chunk),
    onResponseEnd: () => sink?.end(),
    onResponseError(_, error) {
      // Nobody is above this call: what it throws would end the process and every other call with it.
      try {
        if (sink) sink.fail(error)
        else failBeforeHead(call, error)
      } catch (err) {
        giveUp(call, err)
      }
    },
  }
}

/** A mistake of ours at the end of a call: it is charged at its reservation, flagged, and the client told that there is no answer. */
function giveUp(call: Call, err: unknown): void {
  call.state.platform.log.error({ err, requestId: call.attempt.requestId }, 'a call could not be concluded')
  const ending: Ending = { outcome: 'error', source: 'gateway', code: 'internal', httpStatus: null, charge: { kind: 'reservation' } }
  settleThen(call, ending, () =>
    refuseCall(call, new Refused('internal', 'The gateway made a mistake. It is in its log under this request id.')),
  )
}

function sinkFor(call: Call, head: AnswerHead): Sink {
  if (head.status >= 300) return errorSink(call, head)
  // Asked for a stream, some answer an error or everything at once as plain JSON.
  const isJson = /^application\/json\b/i.test(head.headers['content-type'] ?? '')
  return call.attempt.isStream && !isJson ? streamSink(call, head) : plainSink(call, head)
}

/** A client that leaves is not answered any more, but what it caused is read on within bounds, to be billed as reported. */
function watchClient(call: Call): void {
  const { state, res } = call
  res.once('close', () => {
    if (call.isOver) return
    call.isClientGone = true
    call.controller?.resume()
    if (state.drains >= state.bounds.drainsMax)
      return call.controller?.abort(new Abandoned('the client has left and too many answers are read on already'))
    state.drains++
    const timer = setTimeout(
      () => call.controller?.abort(new Abandoned('the client has left and the answer takes too long to be read on')),
      state.bounds.drainTimeMs,
    )
    const finish = call.finish
    call.finish = () => {
      if (!call.isOver) state.drains--
      clearTimeout(timer)
      finish()
    }
  })
}

/** A provider's refusal: it costs nothing, and goes to the client as it is but for keys that it quotes. */
function errorSink(call: Call, head: AnswerHead): Sink {
  const chunks: Buffer[] = []
  let bytes = 0
  const conclude = () => answerError(call, head, Buffer.concat(chunks).toString('utf8'))
  return {
    data(chunk) {
      bytes += chunk.length
      if (bytes <= call.state.bounds.errorBytesMax) chunks.push(chunk)
      else call.controller?.abort(new Abandoned('the error is longer than any that is passed on'))
    },
    end: conclude,
    fail: conclude,
  }
}

function answerError(call: Call, head: AnswerHead, text: string): void {
  const { res, attempt } = call
  const error = classifyError(attempt.target.provider, head.status, head.headers, text)
  const isRedirect = head.status < 400
  const ending: Ending = {
    outcome: 'error',
    source: 'provider',
    code: isRedirect ? 'redirect' : error.class,
    httpStatus: head.status,
    charge: { kind: 'nothing' },
  }
  settleThen(call, ending, () => {
    if (isRedirect)
      return refuseCall(call, new Refused('bad_upstream_answer', 'The provider answered with a redirect, which is not followed.'))
    if (!call.isClientGone && !res.destroyed) {
      const body = Buffer.from(hideKeys(call.attempt, text))
      res.writeHead(head.status, {
        ...answerHeaders(head.headers, attempt.requestId),
        'content-length': body.length,
        'x-llm-error-source': 'provider',
      })
      res.end(body)
    }
    call.finish()
  })
}

/**
 * No head came. What was never sent costs nothing. What was sent and never answered may have been billed: it is charged at its
 * reservation, flagged as unresolved, and can be corrected; only where we ourselves stopped waiting it is estimated.
 */
function failBeforeHead(call: Call, error: Error): void {
  const { attempt } = call
  const cause = toEgressError(error, attempt.target.provider)
  const isTimeout = cause instanceof Error && 'code' in cause && cause.code === 'timeout'
  if (!call.isSent) {
    const code = call.isClientGone
      ? null
      : cause instanceof EgressRefused
        ? 'egress_refused'
        : isTimeout
          ? 'connect_timeout'
          : 'unreachable'
    const ending: Ending = {
      outcome: 'error',
      source: call.isClientGone ? 'client' : 'provider',
      code,
      httpStatus: null,
      charge: { kind: 'nothing' },
    }
    return settleThen(call, ending, () =>
      refuseCall(call, new Refused('upstream_unreachable', `No connection to ${attempt.target.provider} could be made.`, { cause })),
    )
  }
  if (error instanceof Abandoned) {
    return estimateThen(call, { textBytes: 0, sample: Buffer.alloc(0), isStream: true }, (buckets) => {
      settleThen(call, { outcome: 'error', source: 'client', code: null, httpStatus: null, charge: estimatedCharge(buckets) }, () =>
        call.finish(),
      )
    })
  }
  const ending: Ending = {
    outcome: 'upstream_lost',
    source: 'provider',
    code: isTimeout ? 'timeout' : 'connection_lost',
    httpStatus: null,
    charge: { kind: 'reservation' },
  }
  settleThen(call, ending, () => {
    const refused = isTimeout
      ? new Refused('upstream_timeout', 'The provider did not answer in time.', { cause })
      : new Refused('upstream_lost', 'The connection to the provider was lost before it answered.', { cause })
    refuseCall(call, refused)
  })
}
