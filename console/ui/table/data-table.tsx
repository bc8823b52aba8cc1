'use client'

import { ArrowDown, ArrowUp } from 'lucide-react'
import { useRef } from 'react'
import type { MouseEvent } from 'react'
import { cx } from '../theme/cx.ts'
import { nextSort, sortRows } from './table-column.ts'
import type { Column, Sort } from './table-column.ts'
import { useRowKeys } from './table-keys.ts'

type DataTableProps<Row> = {
  /** What the table lists, for those who do not see it. */
  caption: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  keyOf: (row: Row) => string
  selectedKey?: string | null
  onOpen?: (row: Row) => void
  sort?: Sort | null
  onSort?: (sort: Sort | null) => void
}

/**
 * Rows and columns; on a phone each row becomes a card. Roles are written out because the cards' layout
 * would otherwise take the table's meaning away from a screen reader.
 */
export function DataTable<Row>({ caption, columns, rows, keyOf, selectedKey, onOpen, sort = null, onSort }: DataTableProps<Row>) {
  const table = useRef<HTMLTableElement>(null)
  useRowKeys(table)
  return (
    <div className="@container">
      <table ref={table} role="table" aria-label={caption} className="block w-full border-collapse text-sm @lg:table">
        <thead role="rowgroup" className="hidden @lg:table-header-group">
          <tr role="row">
            {columns.map((column) => (
              <HeaderCell key={column.id} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup" className="block divide-y @lg:table-row-group">
          {sortRows(rows, columns, sort).map((row) => (
            <Row key={keyOf(row)} row={row} columns={columns} isSelected={selectedKey === keyOf(row)} onOpen={onOpen} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function HeaderCell<Row>({ column, sort, onSort }: { column: Column<Row>; sort: Sort | null; onSort?: (sort: Sort | null) => void }) {
  const isSorted = sort?.by === column.id
  const look = cx(
    'h-9 border-b bg-sunken px-3 text-xs font-medium whitespace-nowrap text-muted first:pl-4 last:pr-4',
    column.align === 'end' ? 'text-right' : 'text-left',
    column.isSecondary && 'hidden @4xl:table-cell',
  )
  if (!column.sortValue || !onSort) {
    return (
      <th role="columnheader" scope="col" className={look}>
        {column.isHeaderHidden ? <span className="sr-only">{column.header}</span> : column.header}
      </th>
    )
  }
  const Arrow = isSorted && sort.order === 'asc' ? ArrowUp : ArrowDown
  return (
    <th
      role="columnheader"
      scope="col"
      aria-sort={isSorted ? (sort.order === 'asc' ? 'ascending' : 'descending') : undefined}
      className={look}
    >
      <button
        type="button"
        onClick={() => onSort(nextSort(column, sort))}
        className={cx(
          'group inline-flex items-center gap-1 align-middle rounded-sm hover:text-text',
          column.align === 'end' && 'flex-row-reverse',
          isSorted && 'text-text',
        )}
      >
        {column.header}
        <Arrow aria-hidden className={cx('size-3', !isSorted && 'opacity-0 group-hover:opacity-60')} />
      </button>
    </th>
  )
}

type RowProps<Row> = { row: Row; columns: readonly Column<Row>[]; isSelected: boolean; onOpen?: (row: Row) => void }

function Row<Row>({ row, columns, isSelected, onOpen }: RowProps<Row>) {
  const onClick = (event: MouseEvent) => {
    if (!(event.target instanceof Element) || event.target.closest('a, button, input, [role="menuitem"]') || getSelection()?.toString())
      return
    onOpen?.(row)
  }
  return (
    <tr
      role="row"
      aria-current={isSelected || undefined}
      onClick={onOpen && onClick}
      className={cx(
        'relative grid grid-cols-2 gap-x-4 gap-y-2 px-4 py-3 transition-colors duration-75 @lg:table-row @lg:p-0',
        onOpen && 'cursor-pointer hover:bg-hover',
        isSelected && 'bg-accent-soft hover:bg-accent-soft shadow-[inset_2px_0_0_var(--accent)]',
      )}
    >
      {columns.map((column) => (
        <td
          key={column.id}
          role="cell"
          className={cx(
            'min-w-0 @lg:h-11 @lg:px-3 @lg:py-1.5 @lg:first:pl-4 @lg:last:pr-4',
            column.isPrimary && 'col-span-2 font-medium',
            column.isWide && 'col-span-2',
            !column.isPrimary && column.isSecondary !== true && 'flex flex-col gap-0.5',
            !column.isPrimary && !column.isSecondary && '@lg:table-cell',
            column.isHeaderHidden && 'absolute top-2 right-2 @lg:static',
            column.align === 'end' && '@lg:text-right',
            column.isSecondary === true && 'hidden',
            column.isSecondary && '@lg:hidden @4xl:table-cell',
          )}
        >
          {!column.isPrimary && !column.isHeaderHidden && (
            <span aria-hidden className="text-xs text-faint @lg:hidden">
              {column.header}
            </span>
          )}
          {column.isPrimary && onOpen ? (
            <button
              type="button"
              data-row-opener={isSelected ? 'open' : ''}
              onClick={() => onOpen(row)}
              className="max-w-full rounded-sm text-left font-medium hover:text-accent-text"
            >
              {column.cell(row)}
            </button>
          ) : (
            column.cell(row)
          )}
        </td>
      ))}
    </tr>
  )
}
