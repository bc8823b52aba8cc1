import { shortMessage } from '../errors/classify.ts'
import { errorFactsOf } from '../errors/error-body.ts'
import { asList, asObject, parseJson, type Json } from '../json.ts'
import type { Dialect, ProviderName } from '../provider.ts'
import type { Usage } from '../usage/buckets.ts'
import { createEventSplitter } from './events.ts'
import { dataOf, firstOf, textBytesOf } from './frames.ts'
import { readUsage } from '../usage/read.ts'
import { hasError, streamShapes } from './shapes.ts'

/** An event larger than this is passed over: no provider sends its usage in one. */
export const MAX_EVENT_BYTES = 1 << 20

/**
 * What a stream told. `finished`: it came to its end as its dialect defines it. `usageIsFinal`: the usage covers the whole answer; not so
 * when the stream broke off after an early report. `outputBytes`: bytes of text received, for an estimate where usage is missing.
 */
export type StreamResult = {
  usage: Usage | null
  usageIsFinal: boolean
  finished: boolean
  error: { type: string; message: string } | null
  outputBytes: number
}

export type UsageScanner = {
  push(chunk: Buffer): void
  /** The stream is over, in whatever way: what is left of it is looked at. */
  end(): void
  result(): StreamResult
}

const DONE_EVENT_MAX_BYTES = 64

/**
 * Watches a stream go by and finds its usage, its end and its error, without parsing the frames that carry none of them.
 * Takes chunks as the network cut them; holds back at most one unfinished event. An answer that is no stream at all (an error, or a
 * whole answer although a stream was asked for) is read as well.
 */
export function createUsageScanner(provider: ProviderName, dialect: Dialect): UsageScanner {
  const shape = streamShapes[dialect]
  const textAfter = shape.textAfter
  const result: StreamResult = { usage: null, usageIsFinal: false, finished: false, error: null, outputBytes: 0 }
  /** Anthropic tells usage in parts: what comes later overwrites what came before, field by field. */
  let merged: Json = {}
  let mergedModel: unknown
  let isOver = false

  function onEvent(event: Buffer, whole: boolean): void {
    if (isOver) return
    if (!whole) {
      // Too large to look into: its bytes stand for its text, which errs upwards.
      result.outputBytes += event.length
      return
    }
    const text = event.toString('latin1')
    const textFrom = textAfter === null ? 0 : text.indexOf(textAfter)
    if (textFrom !== -1) result.outputBytes += textBytesOf(text, textFrom, shape.textKeys)
    const first = firstOf(text)
    if (first === '{' || first === '[') return onJson(event, text)
    if (text.length <= DONE_EVENT_MAX_BYTES && text.includes('[DONE]') && dataOf(event)?.trim() === '[DONE]') {
      result.finished = true
      isOver = true
    } else if (shape.tells(text) || hasError(text)) {
      const frame = parseJson(dataOf(event) ?? '')
      if (frame !== undefined) onFrame(asObject(frame))
    }
  }

  /** An event that is bare JSON: a line of NDJSON, or an answer that came whole instead of as a stream. */
  function onJson(event: Buffer, text: string): void {
    if (shape.framing === 'lines' && !shape.tells(text) && !hasError(text)) return
    const answer = parseJson(event.toString('utf8'))
    const whole = asObject(Array.isArray(answer) ? asList(answer)[0] : answer)
    onFrame(whole)
    if (shape.framing === 'sse' && result.error === null && Object.keys(whole).length > 0) result.finished = true
  }

  function onFrame(frame: Json): void {
    const failure = failureOf(frame)
    if (failure !== null) result.error ??= failure
    if (shape.finishes(frame)) result.finished = true
    const usage = dialect === 'anthropic-messages' ? mergeUsage(frame) : readUsage(provider, dialect, frame)
    if (usage !== null) result.usage = usage
  }

  function mergeUsage(frame: Json): Usage | null {
    const message = asObject(frame.message)
    const part = frame.usage ?? message.usage
    if (typeof part !== 'object' || part === null) return null
    mergedModel = message.model ?? frame.model ?? mergedModel
    merged = { ...merged, ...Object.fromEntries(Object.entries(part).filter(([, value]) => value !== null && value !== undefined)) }
    return readUsage(provider, dialect, { model: mergedModel, usage: merged })
  }

  const splitter = createEventSplitter(shape.framing, MAX_EVENT_BYTES, onEvent)
  return {
    push: (chunk) => splitter.push(chunk),
    end: () => splitter.end(),
    result: () => ({ ...result, usageIsFinal: result.usage !== null && result.finished }),
  }
}

/** The error of a frame, wherever its dialect puts it. */
function failureOf(frame: Json): StreamResult['error'] {
  const nested = asObject(frame.response).error ?? asObject(frame.delta).error
  const holder = isThere(frame.error)
    ? frame
    : isThere(nested)
      ? { error: nested }
      : frame.type === 'error' || frame.object === 'error'
        ? { error: frame }
        : null
  if (holder === null) return null
  const facts = errorFactsOf(holder)
  return { type: (facts.type === 'error' ? '' : facts.type) || facts.code || 'error', message: shortMessage(facts.message) }
}

function isThere(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || (typeof value === 'string' && value !== '')
}
