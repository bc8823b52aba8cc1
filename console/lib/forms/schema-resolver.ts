import type { FieldErrors, FieldValues, Resolver } from 'react-hook-form'

/** What is needed of a schema of the contract. */
export type BodySchema = { safeParse(value: unknown): { success: true } | { success: false; error: { issues: readonly Issue[] } } }

export type Issue = {
  code: string
  path: readonly PropertyKey[]
  minimum?: unknown
  maximum?: unknown
  format?: string
  origin?: string
  input?: unknown
}

/** What is wrong with a field, in the words of messages `errors.fields`. */
export type FieldFault = { type: FaultType; limit?: number }
export type FaultType =
  | 'required'
  | 'tooShort'
  | 'tooLong'
  | 'tooSmall'
  | 'tooBig'
  | 'whole'
  | 'decimals'
  | 'email'
  | 'url'
  | 'address'
  | 'invalid'

/**
 * Checks a form with the contract's own schema, as the API will: the form's values become the call's body first.
 * The message of an error is its fault as JSON, worded where it is shown.
 */
export function schemaResolver<V extends FieldValues>(schema: BodySchema, toBody: (values: V) => unknown): Resolver<V> {
  return (values) => {
    const body = toBody(values)
    const result = schema.safeParse(body)
    if (result.success) return { values, errors: {} }
    const errors: Record<string, { type: string; message: string }> = {}
    for (const issue of result.error.issues) {
      const field = fieldAt(issue.path.map(String), Object.keys(values))
      errors[field] ??= { type: 'schema', message: JSON.stringify(faultOf(issue, valueAt(body, issue.path))) }
    }
    return { values: {}, errors: errors as FieldErrors<V> }
  }
}

/** The field of a form that a path in a body means: `options.deployment` may be typed in a field of its own. `root` when none is. */
export function fieldAt(path: readonly string[], fields: readonly string[]): string {
  return path.findLast((segment) => fields.includes(segment)) ?? 'root'
}

/** Turns an issue of a schema into a fault that can be worded. */
export function faultOf(issue: Issue, value: unknown): FieldFault {
  if (value === undefined || value === null || value === '') return { type: 'required' }
  const isText = typeof value === 'string'
  if (issue.code === 'too_small') return { type: isText ? 'tooShort' : 'tooSmall', limit: Number(issue.minimum) }
  if (issue.code === 'too_big') return { type: isText ? 'tooLong' : 'tooBig', limit: Number(issue.maximum) }
  if (issue.code === 'whole' || issue.code === 'decimals') return { type: issue.code }
  if (issue.code === 'invalid_format' && (issue.format === 'email' || issue.format === 'url')) return { type: issue.format }
  if (issue.code === 'invalid_union' && isText) return { type: 'address' }
  return { type: 'invalid' }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce(
    (at: unknown, key) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined),
    value,
  )
}
