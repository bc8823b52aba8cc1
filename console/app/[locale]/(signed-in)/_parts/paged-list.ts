'use client'

import type { CallFailed } from '@llm-manager/contract/client'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useCall } from '#lib/api/api-provider.tsx'
import type { Ref } from '#lib/api/endpoints.ts'
import { queryKeyOf } from '#lib/api/query-key.ts'

type Listed<T> = { items: T[]; next_cursor: string | null }
type Sent = { params?: Record<string, string>; query?: Record<string, string | number> }
type AnyCall = (endpoint: unknown, sent: Sent, options: { signal: AbortSignal }) => Promise<Listed<unknown>>

/** A list of the API that is read as far as the person wants to see: a page, and another each time more is asked for. */
export function usePagedList<S, T>(endpoint: Ref<S, Listed<T>>, sent: Sent, { key, everyMs }: { key: unknown; everyMs?: number }) {
  const call = useCall() as unknown as AnyCall
  const query = useInfiniteQuery<Listed<T>, CallFailed, T[], readonly unknown[], string | undefined>({
    queryKey: queryKeyOf(endpoint, key),
    queryFn: async ({ pageParam, signal }) =>
      (await call(endpoint, { ...sent, query: { ...sent.query, ...(pageParam && { cursor: pageParam }) } }, { signal })) as Listed<T>,
    initialPageParam: undefined,
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
    select: ({ pages }) => pages.flatMap(({ items }) => items),
    refetchInterval: everyMs,
  })
  return query
}
