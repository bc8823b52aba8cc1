'use client'

import type { CallFailed } from '@llm-manager/contract/client'
import type { Endpoint, Replied, Sent } from '@llm-manager/contract/endpoint'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult, UseQueryResult } from '@tanstack/react-query'
import { useCall } from './api-provider.tsx'
import { queryKeyOf } from './query-key.ts'

type AnyCall = (endpoint: Endpoint, sent?: unknown, options?: { signal?: AbortSignal }) => Promise<unknown>

export type ApiQuery<E extends Endpoint> = UseQueryResult<Replied<E>, CallFailed>

type QueryOptions<E extends Endpoint> = {
  /** What is sent; a function where it moves with the clock, and then `key` names the query. */
  sent?: Sent<E> | (() => Sent<E>)
  key?: unknown
  /** How often to ask again while the page is looked at, in milliseconds. */
  everyMs?: number
  isEnabled?: boolean
  /** Goes on showing the last answer while the next one, of other parameters, is fetched. */
  keepsPrevious?: boolean
}

/** What an endpoint answers, cached, shared and kept fresh. */
export function useApiQuery<E extends Endpoint>(endpoint: E, { sent, key, everyMs, isEnabled = true, keepsPrevious = false }: QueryOptions<E> = {}): ApiQuery<E> {
  const call = useCall() as AnyCall
  const query = useQuery<unknown, CallFailed>({
    queryKey: queryKeyOf(endpoint, key ?? sent),
    queryFn: ({ signal }) => call(endpoint, typeof sent === 'function' ? sent() : sent, { signal }),
    refetchInterval: everyMs,
    enabled: isEnabled,
    placeholderData: keepsPrevious ? keepPreviousData : undefined,
  })
  return query as ApiQuery<E>
}

/** A change. Once it is made, the answers of the endpoints it `touches` are asked for again. */
export function useApiMutation<E extends Endpoint>(endpoint: E, touches: readonly Endpoint[] = []): UseMutationResult<Replied<E>, CallFailed, Sent<E>> {
  const call = useCall() as AnyCall
  const queryClient = useQueryClient()
  return useMutation<Replied<E>, CallFailed, Sent<E>>({
    mutationFn: async (sent) => (await call(endpoint, sent)) as Replied<E>,
    onSuccess: () => Promise.all(touches.map((touched) => queryClient.invalidateQueries({ queryKey: queryKeyOf(touched) }))),
  })
}
