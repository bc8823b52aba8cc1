'use client'

import { useTranslations } from 'next-intl'
import type { ProviderName } from '#lib/providers.ts'
import { CodeBlock } from '#ui/data/code-block.tsx'
import { Mono } from '#ui/data/mono.tsx'
import { Tabs } from '#ui/data/tabs.tsx'
import { codeModelsOf } from './example-models.ts'
import { snippetIds, writeSnippet } from './snippets.ts'

type SnippetTabsProps = {
  origin: string
  /** The key as it stands in the code. */
  secret: string
  /** The models that the key may use; null when all. */
  models: readonly string[] | null
  /** The provider of the key's agent, where it has one. */
  provider: ProviderName | null
}

/** The address of the gateway, and code that calls it in the ways people do. */
export function SnippetTabs({ origin, secret, models, provider }: SnippetTabsProps) {
  const t = useTranslations('accessKeys.code')
  const input = { origin, key: secret, models: codeModelsOf(models, provider), prompt: t('prompt') }
  const tabs = snippetIds.map((id) => ({
    id,
    label: t(`tabs.${id}`),
    content: (
      <div className="flex flex-col gap-2">
        <CodeBlock code={writeSnippet(id, input)} label={t(`tabs.${id}`)} />
        {id === 'env' && <p className="text-xs text-muted">{t('envHint')}</p>}
      </div>
    ),
  }))
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <p className="flex flex-wrap items-center gap-x-2 text-xs text-muted">
        {t('baseUrl')} <Mono copy className="text-text">{`${origin}/v1`}</Mono>
      </p>
      <Tabs label={t('label')} tabs={tabs} />
    </div>
  )
}
