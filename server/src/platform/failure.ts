import type { ErrorCode, InputError } from '@llm-manager/contract/errors'

/** Values for the placeholders of a message. */
export type MessageValues = Record<string, string | number>

/**
 * A refusal that may be shown: `code` decides the status, `message` names a text of the phrase book (server/src/messages),
 * `detail` goes to the log alone. Anything thrown that is no Failure is our own fault and is answered as `internal`.
 */
export class Failure extends Error {
  readonly code: ErrorCode
  readonly values: MessageValues
  readonly errors: InputError[]
  readonly detail: unknown
  readonly retryAfterS: number | null

  constructor(
    code: ErrorCode,
    message: string,
    more: { values?: MessageValues; errors?: InputError[]; detail?: unknown; cause?: unknown; retryAfterS?: number } = {},
  ) {
    super(message, { cause: more.cause })
    this.name = 'Failure'
    this.code = code
    this.values = more.values ?? {}
    this.errors = more.errors ?? []
    this.detail = more.detail
    this.retryAfterS = more.retryAfterS ?? null
  }
}

/** What is not there, or not the caller's: told in the same words. */
export function notFound(message = 'not_found'): Failure {
  return new Failure('not_found', message)
}
