'use client'

import { useTranslations } from 'next-intl'
import { FailedState } from '#ui/state/failed-state.tsx'

export default function ErrorPage({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  const t = useTranslations('errors')
  return (
    <main className="flex min-h-dvh items-center justify-center">
      <FailedState detail={t('internal')} requestId={error.digest ?? null} onRetry={reset} />
    </main>
  )
}
