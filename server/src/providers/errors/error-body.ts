import { asList, asObject, parseJson } from '../json.ts'

/** What an error answer says, whatever its form. Texts are as received: not redacted, not bounded. */
export type ErrorFacts = {
  type: string
  /** Codes come as strings and as numbers; here always text. */
  code: string
  /** The status that the body names (OpenRouter, Gemini, Groq's in-stream errors), or null. */
  status: number | null
  message: string
  /** Everything machine-readable in one line, for looking words up: types, codes, statuses, reasons, quota ids. */
  words: string
  /** Gemini's `RetryInfo.retryDelay`, e.g. `34.4s`. */
  retryDelay: string | null
}

/** Reads an error answer: OpenAI, Anthropic, Gemini (also as an array), Cohere, Mistral, Ollama, validation lists, plain text, HTML, nothing. */
export function readErrorBody(bodyText: string): ErrorFacts {
  const answer = parseJson(bodyText)
  if (typeof answer === 'object' && answer !== null) return errorFactsOf(answer)
  return { type: '', code: '', status: null, message: bodyText.trim(), words: '', retryDelay: null }
}

/** The same from a parsed answer or stream frame. */
export function errorFactsOf(answer: unknown): ErrorFacts {
  const whole = asObject(Array.isArray(answer) ? answer[0] : answer)
  const error =
    typeof whole.error === 'string'
      ? { message: whole.error }
      : Object.keys(asObject(whole.error)).length > 0
        ? asObject(whole.error)
        : whole
  const metadata = asObject(error.metadata)
  const details = asList(error.details ?? asObject(error.details).details).map(asObject)
  const code = scalarText(error.code)
  const statusNumber = [error.code, error.status_code, whole.raw_status_code, whole.status].find(
    (value) => typeof value === 'number' && value >= 400 && value < 600,
  )
  const reasons = details.flatMap((detail) => [detail.reason, ...asList(detail.violations).map((violation) => asObject(violation).quotaId)])
  const detailCode = asObject(error.details).error_code
  const words = [error.type, code, error.status, metadata.error_type, detailCode, asObject(error.innererror).code, ...reasons]
    .map(scalarText)
    .filter((word) => word !== '')
  return {
    type: scalarText(error.type ?? metadata.error_type),
    code,
    status: typeof statusNumber === 'number' ? statusNumber : null,
    message: messageOf(error.message ?? whole.detail ?? whole.message ?? error.detail),
    words: words.join(' '),
    retryDelay: scalarText(details.find((detail) => detail.retryDelay !== undefined)?.retryDelay) || null,
  }
}

/** Messages are strings, but also objects and lists (Mistral's validation errors): then their JSON. */
function messageOf(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined || value === null ? '' : JSON.stringify(value)
}

function scalarText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
