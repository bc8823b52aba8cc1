import { expect, test } from 'vitest'
import { nextSort, sortRows } from './table-column.ts'
import type { Column } from './table-column.ts'

type Row = { name: string; used: number | null }

const columns: Column<Row>[] = [
  { id: 'name', header: 'Name', cell: ({ name }) => name, sortValue: ({ name }) => name },
  { id: 'used', header: 'Used', cell: ({ used }) => used, sortValue: ({ used }) => used },
  { id: 'plain', header: 'Plain', cell: () => null },
]
const rows: Row[] = [
  { name: 'Ébano', used: 2 },
  { name: 'Alfa', used: null },
  { name: 'delta', used: 10 },
]
const namesBy = (by: string, order: 'asc' | 'desc') => sortRows(rows, columns, { by, order }).map(({ name }) => name)

test('words are in the order of the alphabet, accents and case aside', () =>
  expect(namesBy('name', 'asc')).toEqual(['Alfa', 'delta', 'Ébano']))

test('numbers are in their order, and what has none comes last either way', () => {
  expect(namesBy('used', 'asc')).toEqual(['Ébano', 'delta', 'Alfa'])
  expect(namesBy('used', 'desc')).toEqual(['delta', 'Ébano', 'Alfa'])
})

test('a head is clicked through the order that matters most, the other, and none', () => {
  const [name = columns[2]!] = columns
  const used = { ...columns[1]!, align: 'end' as const }
  expect(nextSort(name, null)).toEqual({ by: 'name', order: 'asc' })
  expect(nextSort(name, { by: 'name', order: 'asc' })).toEqual({ by: 'name', order: 'desc' })
  expect(nextSort(name, { by: 'name', order: 'desc' })).toBeNull()
  expect(nextSort(used, { by: 'name', order: 'asc' })).toEqual({ by: 'used', order: 'desc' })
  expect(nextSort({ ...name, firstOrder: 'desc' }, null)).toEqual({ by: 'name', order: 'desc' })
})

test('an order by nothing that can be sorted leaves the rows as they are', () => {
  expect([namesBy('plain', 'asc'), namesBy('unknown', 'desc')]).toEqual([rows.map(({ name }) => name), rows.map(({ name }) => name)])
})
