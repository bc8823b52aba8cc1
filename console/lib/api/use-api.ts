'use client'

import type { CallFailed } from '@llm-manager/contract/client'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult, UseQueryResult } from '@tanstack/react-query'
import { useCall } from './api-provider.tsx'
import type { Ref } from './endpoints.ts'
import { queryKeyOf } from './query-key.ts'

type AnyRef = Ref<unknown, unknown>
type AnyCall = (endpoint: AnyRef, sent?: unknown, options?: { signal?: AbortSignal }) => Promise<unknown>

type QueryOptions<S> = {
  /** What is sent; a function where it moves with the clock, and then `key` names the query. */
  sent?: S | (() => S)
  key?: unknown
  /** How often to ask again while the page is looked at, in milliseconds. */
  everyMs?: number
  isEnabled?: boolean
  /** Goes on showing the last answer while the next one, of other parameters, is fetched. */
  keepsPrevious?: boolean
}

/** What an endpoint answers, cached, shared and kept fresh. */
export function useApiQuery<S, R>(
  endpoint: Ref<S, R>,
  { sent, key, everyMs, isEnabled = true, keepsPrevious = false }: QueryOptions<S> = {},
): UseQueryResult<R, CallFailed> {
  const call = useCall() as unknown as AnyCall
  const query = useQuery<unknown, CallFailed>({
    queryKey: queryKeyOf(endpoint, key ?? sent),
    queryFn: ({ signal }) => call(endpoint, typeof sent === 'function' ? (sent as () => S)() : sent, { signal }),
    refetchInterval: everyMs,
    enabled: isEnabled,
    placeholderData: keepsPrevious ? keepPreviousData : undefined,
  })
  return query as UseQueryResult<R, CallFailed>
}

/** A change. Once it is made, the answers of the endpoints it `touches` are asked for again. */
export function useApiMutation<S, R>(endpoint: Ref<S, R>, touches: readonly AnyRef[] = []): UseMutationResult<R, CallFailed, S> {
  const call = useCall() as unknown as AnyCall
  const queryClient = useQueryClient()
  return useMutation<R, CallFailed, S>({
    mutationFn: async (sent) => (await call(endpoint, sent)) as R,
    onSuccess: () => Promise.all(touches.map((touched) => queryClient.invalidateQueries({ queryKey: queryKeyOf(touched) }))),
  })
}
