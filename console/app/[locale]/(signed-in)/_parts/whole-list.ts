'use client'

import type { CallFailed } from '@llm-manager/contract/client'
import { useQuery } from '@tanstack/react-query'
import type { UseQueryResult } from '@tanstack/react-query'
import { useCall } from '#lib/api/api-provider.tsx'
import type { Ref } from '#lib/api/endpoints.ts'
import { queryKeyOf } from '#lib/api/query-key.ts'
import { useApiQuery } from '#lib/api/use-api.ts'
import { firstPage } from './first-page.ts'

type Listed<T> = { items: T[]; next_cursor: string | null }
type AnyCall = (endpoint: unknown, sent: unknown, options: { signal: AbortSignal }) => Promise<Listed<unknown>>

export type WholeList<T> = {
  /** The first page, with the states that a view shows. */
  query: UseQueryResult<Listed<T>, CallFailed>
  /** Everything that has come so far. */
  items: readonly T[]
}

type WholeListOptions = { query?: Record<string, string>; everyMs?: number; isEnabled?: boolean }

/**
 * A list of the API from its first page to its last, for lists that are searched and sorted as a whole. The first page is what the
 * server fetched for the first paint; what follows is added when it is there.
 */
export function useWholeList<S, T>(endpoint: Ref<S, Listed<T>>, { query, everyMs, isEnabled }: WholeListOptions = {}): WholeList<T> {
  const call = useCall() as unknown as AnyCall
  const first = useApiQuery(endpoint, { sent: firstPage(query) as S, everyMs, isEnabled })
  const cursor = first.data?.next_cursor ?? null
  const rest = useQuery<T[], CallFailed>({
    queryKey: [...queryKeyOf(endpoint, firstPage(query)), cursor],
    queryFn: ({ signal }) =>
      readPages(cursor, async (next) => (await call(endpoint, firstPage({ ...query, cursor: next }), { signal })) as Listed<T>),
    enabled: cursor !== null,
    refetchInterval: everyMs,
  })
  const page = first.data?.items ?? []
  return { query: first, items: cursor !== null && rest.data ? [...page, ...rest.data] : page }
}

async function readPages<T>(first: string | null, read: (cursor: string) => Promise<Listed<T>>): Promise<T[]> {
  const items: T[] = []
  for (let cursor = first; cursor !== null;) {
    const page = await read(cursor)
    items.push(...page.items)
    cursor = page.next_cursor
  }
  return items
}
