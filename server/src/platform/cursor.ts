import { Failure } from './failure.ts'
import { isId } from './ids.ts'

/** A list's page: rows after `after` (an id; ids sort by time), one more than `limit` to know whether there is a next page. */
export type Page = { limit: number; after: string | null }

/** Reads `limit` and `cursor` of a query. A cursor that we did not make is refused. */
export function pageOf(query: { limit: number; cursor?: string | undefined }): Page {
  if (query.cursor === undefined) return { limit: query.limit, after: null }
  const after = Buffer.from(query.cursor, 'base64url').toString()
  if (!isId(after)) throw new Failure('invalid_input', 'cursor_invalid')
  return { limit: query.limit, after }
}

/** The reply of a list from `limit + 1` rows at most. */
export function listReply<Row extends { id: string }, Item>(
  page: Page,
  rows: Row[],
  toItem: (row: Row) => Item,
): { items: Item[]; next_cursor: string | null } {
  const shown = rows.slice(0, page.limit)
  const last = shown.at(-1)
  return { items: shown.map(toItem), next_cursor: rows.length > page.limit && last ? Buffer.from(last.id).toString('base64url') : null }
}
