import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { MessagesScope } from '../i18n/messages-scope.tsx'
import { pickMessages } from '../i18n/pick-messages.ts'
import type { Namespace } from '../i18n/pick-messages.ts'
import { serverCall } from '../session/console-session.ts'
import { queryKeyOf } from './query-key.ts'

/** `key` stands for what is sent where that moves with the clock. */
export type PageQuery = { endpoint: { method: string; path: string }; sent?: unknown; key?: unknown }

type PageDataProps = { messages: readonly Namespace[]; queries?: readonly PageQuery[]; children: ReactNode }

/**
 * A page's words, and the answers it begins with, fetched here so that the first paint is the page itself.
 * What fails is left to the page, which asks again and shows why.
 */
export async function PageData({ messages, queries = [], children }: PageDataProps) {
  const call = (await serverCall()) as unknown as (endpoint: PageQuery['endpoint'], sent?: unknown) => Promise<unknown>
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  await Promise.all(
    queries.map(({ endpoint, sent, key }) =>
      queryClient.prefetchQuery({ queryKey: queryKeyOf(endpoint, key ?? sent), queryFn: () => call(endpoint, sent) }),
    ),
  )
  return (
    <MessagesScope messages={await pickMessages(messages)}>
      <HydrationBoundary state={dehydrate(queryClient)}>{children}</HydrationBoundary>
    </MessagesScope>
  )
}
