import type { ErrorFacts } from './error-body.ts'

/** Headers of an answer, names in lower case. */
export type AnswerHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }
/** Go's way of writing durations, as in reset headers and error texts: `12ms`, `16.2s`, `6m0s`, `2m59.56s`. */
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+/
const TRY_AGAIN_IN = /try again in (\d[\d.hms]*)/i

/**
 * How long the provider asks to be left alone, in milliseconds: `retry-after-ms`, `retry-after` (seconds or a date), Gemini's RetryInfo,
 * or the "try again in 16.2s" of OpenAI's and Groq's texts, in this order. Null when it says nothing that can be used.
 */
export function retryAfterMsOf(headers: AnswerHeaders, error: ErrorFacts, nowMs: number): number | null {
  const exactMs = Number(single(headers['retry-after-ms']) ?? Number.NaN)
  if (Number.isFinite(exactMs) && exactMs >= 0) return Math.ceil(exactMs)
  const fromHeader = retryAfter(single(headers['retry-after']), nowMs)
  if (fromHeader !== null) return fromHeader
  return durationMs(error.retryDelay ?? TRY_AGAIN_IN.exec(error.message)?.[1] ?? '')
}

function retryAfter(value: string | undefined, nowMs: number): number | null {
  if (value === undefined || value.trim() === '') return null
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return seconds < 0 ? null : Math.ceil(seconds * 1000)
  const atMs = Date.parse(value)
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs)
}

function durationMs(text: string): number | null {
  const whole = DURATION.exec(text)?.[0]
  if (whole === undefined) return null
  let total = 0
  for (const [, amount, unit] of whole.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) total += Number(amount) * (UNIT_MS[unit ?? ''] ?? 0)
  return Math.ceil(total)
}

function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'object' ? value[0] : value
}
