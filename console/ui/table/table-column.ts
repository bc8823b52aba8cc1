import type { ReactNode } from 'react'

export type SortOrder = 'asc' | 'desc'
export type Sort = { by: string; order: SortOrder }

export type Column<Row> = {
  id: string
  header: string
  /** Numbers stand at the end of their column, so that their digits line up. */
  align?: 'start' | 'end'
  /** Names the row: it opens it, and heads its card on a phone. */
  isPrimary?: boolean
  /** Takes the whole width of a card on a phone. */
  isWide?: boolean
  /** Left out where there is no room for everything: on cards too, or only where columns stand side by side. */
  isSecondary?: boolean | 'table'
  /** No header is drawn: for a column of buttons. */
  isHeaderHidden?: boolean
  /** What the column is sorted by; without it the column cannot be sorted. */
  sortValue?: (row: Row) => string | number | null
  /** The order that matters most, where it is not that of its alignment. */
  firstOrder?: SortOrder
  cell: (row: Row) => ReactNode
}

/** What a click on a column's head asks for: the order that matters most there, then the other, then none. */
export function nextSort<Row>({ id, align, firstOrder }: Column<Row>, sort: Sort | null): Sort | null {
  const first: SortOrder = firstOrder ?? (align === 'end' ? 'desc' : 'asc')
  if (sort?.by !== id) return { by: id, order: first }
  return sort.order === first ? { by: id, order: first === 'asc' ? 'desc' : 'asc' } : null
}

/** The rows in the order asked for; what has no value comes last either way. Rows that tie keep their order. */
export function sortRows<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sort: Sort | null): readonly Row[] {
  const valueOf = columns.find(({ id }) => id === sort?.by)?.sortValue
  if (!sort || !valueOf) return rows
  const sign = sort.order === 'asc' ? 1 : -1
  return rows.toSorted((left, right) => {
    const [a, b] = [valueOf(left), valueOf(right)]
    if (a === null || b === null) return Number(a === null) - Number(b === null)
    return sign * (typeof a === 'string' && typeof b === 'string' ? a.localeCompare(b) : Number(a > b) - Number(a < b))
  })
}
