'use client'

import { createParser, parseAsString, useQueryState, useQueryStates } from 'nuqs'
import type { Sort } from '#ui/table/table-column.ts'

const parseSort = createParser<Sort>({
  parse: (text) => {
    const [by, order] = text.split('.')
    return by && (order === 'asc' || order === 'desc') ? { by, order } : null
  },
  serialize: ({ by, order }) => `${by}.${order}`,
  eq: (a, b) => a.by === b.by && a.order === b.order,
})

/** Which row is open in the side panel and in what way, in the URL: a link shows the same, and Back closes it. */
export function usePanel() {
  const [{ id, panel }, set] = useQueryStates({ id: parseAsString, panel: parseAsString }, { history: 'push' })
  return {
    id,
    mode: panel === 'new' ? ('new' as const) : id && panel === 'edit' ? ('edit' as const) : id ? ('view' as const) : null,
    open: (opened: string) => void set({ id: opened, panel: null }),
    create: () => void set({ id: null, panel: 'new' }),
    edit: (edited: string) => void set({ id: edited, panel: 'edit' }),
    close: () => void set({ id: null, panel: null }),
  }
}

export type Panel = ReturnType<typeof usePanel>

/** The order of a list's rows, in the URL. */
export function useSort(): [Sort | null, (sort: Sort | null) => void] {
  const [sort, setSort] = useQueryState('sort', parseSort)
  return [sort, (next) => void setSort(next)]
}
