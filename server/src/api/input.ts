import type { Locale } from '@llm-manager/contract/common'
import type { Endpoint, Received } from '@llm-manager/contract/endpoint'
import type { InputError } from '@llm-manager/contract/errors'
import * as z from 'zod/mini'
import { say } from '../messages/messages.ts'
import { Failure } from '../platform/failure.ts'

const errorsMax = 20
/** What the contract's own checks say. */
const customReasons = new Map([
  ['decimals', 'input_decimals'],
  ['required', 'input_required'],
])

/** Parses what was sent by the endpoint's schemas; throws `invalid_input` with every problem found, in the caller's language. */
export function receive(endpoint: Endpoint, sent: { params: unknown; query: unknown; body: unknown }, locale: Locale): Received<Endpoint> {
  const errors: InputError[] = []
  const parsed = (part: 'params' | 'query' | 'body') => {
    const schema = endpoint[part]
    if (!schema) return undefined
    const result = z.safeParse(schema, sent[part])
    if (result.success) {
      if (part !== 'params')
        for (const path of unstorable(result.data)) errors.push({ path: path.slice(0, 200), reason: say(locale, 'input_characters') })
      return result.data
    }
    for (const issue of result.error.issues) errors.push(...explain(issue, locale))
    return undefined
  }
  const received = { params: parsed('params'), query: parsed('query'), body: parsed('body') }
  if (errors.length > 0) throw new Failure('invalid_input', 'invalid_input', { errors: errors.slice(0, errorsMax) })
  return received
}

/** Where a text has a NUL, which no column takes, or half of a surrogate pair, which is no text at all. */
function unstorable(value: unknown, path: string[] = []): string[] {
  if (typeof value === 'string') return value.includes('\u0000') || !value.isWellFormed() ? [path.join('.')] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => unstorable(inner, [...path, name]))
}

function explain(issue: z.core.$ZodIssue, locale: Locale): InputError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...issue.path, key].join('.').slice(0, 200), reason: say(locale, 'input_unknown') }))
  }
  return [{ path: issue.path.join('.').slice(0, 200), reason: reasonOf(issue, locale) }]
}

function reasonOf(issue: z.core.$ZodIssue, locale: Locale): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? say(locale, 'input_required') : say(locale, 'input_type', { expected: issue.expected })
    case 'invalid_value':
      return say(locale, 'input_value', { expected: issue.values.join(' | ') })
    case 'too_small':
      return say(locale, sized(issue.origin) ? 'input_too_short' : 'input_too_small', { minimum: String(issue.minimum) })
    case 'too_big':
      return say(locale, sized(issue.origin) ? 'input_too_long' : 'input_too_big', { maximum: String(issue.maximum) })
    case 'invalid_format':
      return say(locale, 'input_format', { format: issue.format })
    case 'custom':
      return say(locale, customReasons.get(issue.message) ?? 'input_invalid')
    default:
      return say(locale, 'input_invalid')
  }
}

function sized(origin: string): boolean {
  return origin === 'string' || origin === 'array' || origin === 'set'
}
