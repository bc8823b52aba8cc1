'use client'

import { useTranslations } from 'next-intl'
import { useEffect } from 'react'
import type { ProviderName } from '#lib/providers.ts'
import { SecretDialog } from '#ui/overlay/secret-dialog.tsx'
import type { MadeAccessKey } from '../access-key.ts'
import { SnippetTabs } from './snippet-tabs.tsx'

type KeySecretDialogProps = { made: MadeAccessKey; provider: ProviderName | null; gatewayOrigin: string; onDone: () => void }

/** A new secret, the only time it is shown, and code with it that works as it is. */
export function KeySecretDialog({ made, provider, gatewayOrigin, onDone }: KeySecretDialogProps) {
  const t = useTranslations('accessKeys')
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', ask)
    return () => removeEventListener('beforeunload', ask)
  }, [])
  return (
    <SecretDialog title={t(made.updated_at ? 'rotatedTitle' : 'createdTitle', { name: made.name })} secret={made.key} onDone={onDone}>
      <section className="flex min-w-0 flex-col gap-2">
        <h3 className="text-sm font-semibold">{t('useNowTitle')}</h3>
        <SnippetTabs origin={gatewayOrigin} secret={made.key} models={made.models} provider={provider} />
      </section>
    </SecretDialog>
  )
}
