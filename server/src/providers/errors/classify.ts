import { redact } from '../../platform/log/redact.ts'
import type { ProviderName } from '../provider.ts'
import { readErrorBody, type ErrorFacts } from './error-body.ts'
import { retryAfterMsOf, type AnswerHeaders } from './retry-after.ts'

export type ErrorClass =
  | 'auth_invalid'
  | 'auth_restricted'
  | 'quota_exhausted'
  | 'request_too_big'
  | 'rate_limited'
  | 'overloaded'
  | 'server_error'
  | 'content_blocked'
  | 'bad_request'

/**
 * A provider's error, understood. `retrySameKey` and `tryOtherKey` say what may help as long as no byte has gone to the client;
 * `retryAfterMs` is how long the provider asked to be left alone, or null; `message` is short and holds no key.
 */
export type ClassifiedError = {
  class: ErrorClass
  retrySameKey: boolean
  tryOtherKey: boolean
  retryAfterMs: number | null
  message: string
}

const MAX_MESSAGE_CHARS = 300

const RETRY_SAME_KEY: ReadonlySet<ErrorClass> = new Set<ErrorClass>(['rate_limited', 'overloaded', 'server_error'])
const STAY: ReadonlySet<ErrorClass> = new Set<ErrorClass>(['request_too_big', 'content_blocked', 'bad_request'])

/** The body is looked at before the status; the first rule that fits decides. Words are type, code, status and reasons; text is the message. */
type Rule = { class: ErrorClass; words?: RegExp; text?: RegExp; statuses?: readonly number[]; only?: readonly ProviderName[] }

const RULES: readonly Rule[] = [
  { class: 'content_blocked', words: /content_filter|content_policy_violation|\brefusal\b/ },
  { class: 'content_blocked', statuses: [403], only: ['openrouter'], text: /moderation|flagged/i },
  { class: 'quota_exhausted', statuses: [402] },
  {
    class: 'quota_exhausted',
    words:
      /insufficient_quota|credit_balance_exhausted|spend_limit|usage_limit_exceeded|billing_error|payment_required|blocked_api_access|PerDay/,
  },
  {
    class: 'quota_exhausted',
    text: /credit balance is too low|insufficient balance|specified API usage limits|calls \/ month|key limit exceeded/i,
  },
  { class: 'auth_restricted', statuses: [401, 403], text: /missing scopes?|insufficient permissions?|lacks the required/i },
  { class: 'auth_invalid', words: /API_KEY_INVALID|UNAUTHENTICATED|invalid_api_key|\bauthentication(?:_error)?\b/ },
  { class: 'auth_invalid', statuses: [401] },
  { class: 'auth_invalid', statuses: [498], only: ['cohere'] },
  { class: 'auth_restricted', words: /PERMISSION_DENIED|permissions?_error|permission_denied/ },
  { class: 'auth_restricted', statuses: [403] },
  { class: 'request_too_big', statuses: [413] },
  { class: 'request_too_big', words: /context_length_exceeded|request_too_large|token_limit_exceeded/ },
  {
    class: 'request_too_big',
    statuses: [400, 422, 429],
    text: /prompt is too long|maximum context length|input token count \(|request too large for|too many tokens/i,
  },
  { class: 'rate_limited', statuses: [429] },
  { class: 'rate_limited', words: /rate_limit|\brate_limited\b|slow_down/ },
  { class: 'overloaded', statuses: [502, 503, 529] },
  { class: 'overloaded', statuses: [498], only: ['groq'] },
  { class: 'overloaded', words: /overloaded|UNAVAILABLE|capacity_exceeded|provider_unavailable/ },
  { class: 'server_error', statuses: [408, 409] },
  { class: 'server_error', words: /\b(?:server_error|api_error|internal_error|timeout_error|INTERNAL|DEADLINE_EXCEEDED)\b/ },
]

/**
 * Which kind of failure an answer is and what may be done about it.
 *
 * @param status HTTP status; an error that came inside a 200 is judged by the status its body names
 * @param headers the answer's headers, names in lower case
 * @param around `nowMs`: the moment that a dated `retry-after` is measured from; `known`: opened keys that the message must not quote
 */
export function classifyError(
  provider: ProviderName,
  status: number,
  headers: AnswerHeaders,
  bodyText: string,
  around: { nowMs?: number; known?: readonly string[] } = {},
): ClassifiedError {
  const error = readErrorBody(bodyText)
  const errorClass = classOf(provider, status >= 400 ? status : (error.status ?? status), error)
  return {
    class: errorClass,
    retrySameKey: RETRY_SAME_KEY.has(errorClass) && headers['x-should-retry'] !== 'false',
    tryOtherKey: !STAY.has(errorClass),
    retryAfterMs: retryAfterMsOf(headers, error, around.nowMs ?? Date.now()),
    message: shortMessage(error.message, around.known),
  }
}

/** A provider's text, fit to be kept and shown: one line, no keys, at most 300 characters. */
export function shortMessage(text: string, known: readonly string[] = []): string {
  const line = redact(text.slice(0, 4 * MAX_MESSAGE_CHARS), known)
    .replace(/\s+/g, ' ')
    .trim()
  return line.length <= MAX_MESSAGE_CHARS ? line : `${line.slice(0, MAX_MESSAGE_CHARS - 1)}…`
}

function classOf(provider: ProviderName, status: number, error: ErrorFacts): ErrorClass {
  const rule = RULES.find((candidate) => fits(candidate, provider, status, error))
  if (rule !== undefined) return rule.class
  return status >= 400 && status < 500 ? 'bad_request' : 'server_error'
}

function fits(rule: Rule, provider: ProviderName, status: number, error: ErrorFacts): boolean {
  if (rule.only !== undefined && !rule.only.includes(provider)) return false
  if (rule.statuses !== undefined && !rule.statuses.includes(status)) return false
  if (rule.words !== undefined && !rule.words.test(error.words)) return false
  return rule.text === undefined || rule.text.test(error.message)
}
