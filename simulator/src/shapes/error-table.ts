import type { Failure, FailureKind } from '../provider.ts'

/** How one provider words a kind of failure: status, then its own names and text. `{model}` and `{key}` are filled in. */
interface ErrorRow {
  status: number
  type: string
  code: string | number | null
  message: string
  param?: string
}

export type ErrorTable = Record<FailureKind, ErrorRow>

/** A row with its variables filled in and the request's own wishes (status, message, code, param) put over it. */
export function rowOf(table: ErrorTable, failure: Failure, key: string | undefined): ErrorRow {
  const row = table[failure.kind]
  const message = (failure.message ?? row.message).replace('{model}', failure.model ?? 'unknown').replace('{key}', maskedKey(key))
  return {
    status: failure.status ?? row.status,
    type: row.type,
    code: failure.code ?? row.code,
    message,
    param: failure.param ?? row.param,
  }
}

/** The part of a key that providers echo: the ends, the rest starred. */
function maskedKey(key: string | undefined): string {
  if (key === undefined) return ''
  return key.length <= 12 ? `****${key.slice(-4)}` : `${key.slice(0, 7)}${'*'.repeat(8)}${key.slice(-4)}`
}
