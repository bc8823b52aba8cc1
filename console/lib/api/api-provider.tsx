'use client'

import { CallFailed, createClient } from '@llm-manager/contract/client'
import type { Call } from '@llm-manager/contract/client'
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { useLocale } from 'next-intl'
import { createContext, use, useState } from 'react'
import type { ReactNode } from 'react'
import { paths } from '../paths.ts'

const Api = createContext<Call | null>(null)

/** Calls the API as the signed-in person, by way of the console's own server. */
export function useCall(): Call {
  const call = use(Api)
  if (!call) throw new Error('useCall needs an ApiProvider above it')
  return call
}

/** The API and its cache for the pages below. `csrfToken` proves to the server that a change was asked for by these pages. */
export function ApiProvider({ csrfToken, children }: { csrfToken: string; children: ReactNode }) {
  const locale = useLocale()
  const [queryClient] = useState(createQueryClient)
  const [call] = useState(() =>
    createClient({ origin: '', retries: 1, headers: () => ({ 'x-csrf-token': csrfToken, 'accept-language': locale }) }),
  )
  return (
    <Api value={call}>
      <QueryClientProvider client={queryClient}>{children}</QueryClientProvider>
    </Api>
  )
}

function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: leaveIfSignedOut }),
    mutationCache: new MutationCache({ onError: leaveIfSignedOut }),
    defaultOptions: { queries: { staleTime: 5_000, retry: false, refetchOnWindowFocus: true } },
  })
}

/** A session that ended sends the person to sign in, and back to this very view afterwards. */
function leaveIfSignedOut(failure: unknown): void {
  if (!(failure instanceof CallFailed) || failure.status !== 401) return
  const [, locale = '', ...rest] = location.pathname.split('/')
  location.assign(`/${locale}${paths.signIn(`/${rest.join('/')}${location.search}`)}`)
}
