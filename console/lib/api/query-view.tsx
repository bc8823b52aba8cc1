'use client'

import type { CallFailed } from '@llm-manager/contract/client'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { FailedState, ForbiddenState } from '#ui/state/failed-state.tsx'
import { useFailureText } from './failure-text.ts'

type QueryViewProps<T> = {
  query: UseQueryResult<T, CallFailed>
  /** The true shape of what is on its way. */
  skeleton: ReactNode
  size?: 'sm' | 'md'
  children: (data: T) => ReactNode
}

/** The states of everything that is fetched: on its way, forbidden, failed, there. What is there stays while it is asked for again. */
export function QueryView<T>({ query, skeleton, size, children }: QueryViewProps<T>) {
  const describe = useFailureText()
  const { data, error } = query
  if (data !== undefined) return children(data)
  if (!error || error.status === 401) return skeleton
  if (error.status === 403) return <ForbiddenState detail={error.code === 'plan_required' ? error.message : undefined} />
  return (
    <FailedState
      detail={describe(error)}
      requestId={error.requestId}
      isRetrying={query.isFetching}
      onRetry={() => void query.refetch()}
      size={size}
    />
  )
}
