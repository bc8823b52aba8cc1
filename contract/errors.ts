/** Every code an answer of the API can carry, with its HTTP status: the only such table. */
export const errorStatus = {
  invalid_input: 400,
  key_refused: 400,
  unauthenticated: 401,
  invalid_credentials: 401,
  otp_required: 401,
  forbidden: 403,
  plan_required: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  too_large: 413,
  unsupported_media: 415,
  rule_broken: 422,
  too_many_requests: 429,
  internal: 500,
  unavailable: 503,
  provider_unavailable: 503,
} as const

export type ErrorCode = keyof typeof errorStatus

/** One thing wrong with what was sent: `path` is dotted (`models.0`), `reason` is in the caller's language. */
export type InputError = { path: string; reason: string }

/** The body of every refusal of the API. */
export type ErrorBody = { detail: string; code: ErrorCode; errors?: InputError[]; request_id: string }
