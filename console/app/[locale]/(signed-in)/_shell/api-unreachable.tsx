'use client'

import { useTranslations } from 'next-intl'
import { useRouter } from 'next/navigation'
import { useTransition } from 'react'
import { FailedState } from '#ui/state/failed-state.tsx'

/** In the place of the whole console while the API does not answer. */
export function ApiUnreachable({ requestId }: { requestId: string | null }) {
  const t = useTranslations('errors')
  const router = useRouter()
  const [isRetrying, startRetry] = useTransition()
  return (
    <main className="flex min-h-dvh items-center justify-center">
      <FailedState
        detail={t('unreachable')}
        requestId={requestId}
        isRetrying={isRetrying}
        onRetry={() => startRetry(() => router.refresh())}
      />
    </main>
  )
}
