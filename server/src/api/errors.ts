import { errorStatus, type ErrorBody, type ErrorCode } from '@llm-manager/contract/errors'
import type { Locale } from '@llm-manager/contract/common'
import { say } from '../messages/messages.ts'
import { sqlState } from '../platform/db.ts'
import { Failure } from '../platform/failure.ts'

export type Refusal = { status: number; body: ErrorBody; retryAfterS: number | null; ours: boolean }

/** What fastify itself refuses, by its error code. */
const ofFastify: Record<string, [ErrorCode, string]> = {
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid_input', 'malformed_json'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['invalid_input', 'malformed_json'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid_input', 'invalid_input'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media', 'unsupported_media'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['too_large', 'too_large'],
  FST_ERR_BAD_URL: ['invalid_input', 'invalid_input'],
  FST_ERR_MAX_PARAM_LENGTH: ['not_found', 'not_found'],
}

/** Turns whatever was thrown into the one form of refusal; what is no Failure is our own fault and says nothing of itself. */
export function refusalOf(error: unknown, locale: Locale, requestId: string): Refusal {
  const failure = failureOf(error)
  const { code, message, values, errors } = failure
  const [first] = errors
  const detail = say(locale, message, values) + (first ? ` (${first.path || 'body'}: ${first.reason})` : '')
  const body: ErrorBody = { detail, code, ...(first && { errors }), request_id: requestId }
  return { status: errorStatus[code], body, retryAfterS: failure.retryAfterS, ours: errorStatus[code] >= 500 }
}

function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error
  const code = codeOf(error)
  const known = ofFastify[code]
  if (known) return new Failure(known[0], known[1], { cause: error })
  if (isDatabaseAway(error, code)) return new Failure('unavailable', 'unavailable', { cause: error, retryAfterS: 2 })
  return new Failure('internal', 'internal', { cause: error })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** The database cannot be reached, is starting or stopping, or is out of connections or space (SQLSTATE classes 08, 53, 57P). */
function isDatabaseAway(error: unknown, code: string): boolean {
  const state = sqlState(error)
  if (state) return /^(08|53|57P)/.test(state)
  if (/^(ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ETIMEDOUT)$/.test(code)) return true
  return (
    error instanceof Error &&
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout/.test(
      error.message,
    )
  )
}
