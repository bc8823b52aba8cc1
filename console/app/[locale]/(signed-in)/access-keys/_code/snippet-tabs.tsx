'use client'

import { useTranslations } from 'next-intl'
import { useState } from 'react'
import type { ProviderName } from '#lib/providers.ts'
import { CodeBlock } from '#ui/data/code-block.tsx'
import { Mono } from '#ui/data/mono.tsx'
import { Tabs } from '#ui/data/tabs.tsx'
import { Alert } from '#ui/form/form-alert.tsx'
import { Segmented } from '#ui/form/segmented.tsx'
import { codeModelsOf, dialectsOf, isSpokenTo } from './example-models.ts'
import { baseUrlOf, languages, writeSnippet } from './snippets.ts'
import type { Dialect } from './snippets.ts'

type SnippetTabsProps = {
  origin: string
  /** The key as it stands in the code. */
  secret: string
  /** The models that the key may use; null when all. */
  models: readonly string[] | null
  /** Where the calls of the key's agent go, where that is settled. */
  provider: ProviderName | null
}

const sdks: readonly { value: Dialect; label: string }[] = [
  { value: 'openai', label: 'OpenAI' },
  { value: 'anthropic', label: 'Anthropic' },
]

/** Code that calls the gateway, by SDK and language, and the address on its own for everything else. */
export function SnippetTabs({ origin, secret, models, provider }: SnippetTabsProps) {
  const t = useTranslations('accessKeys.code')
  const codeModels = codeModelsOf(models, provider)
  const offered = sdks.filter(({ value }) => dialectsOf(provider).includes(value))
  const [chosen, setChosen] = useState<Dialect | null>(null)
  const fitting =
    offered.find(({ value }) => value === chosen) ?? offered.find(({ value }) => isSpokenTo(codeModels[value], value, provider))
  const dialect = (fitting ?? offered[0])?.value ?? 'openai'
  const other = sdks.find(({ value }) => value !== dialect)?.label ?? ''
  const input = { origin, key: secret, models: codeModels, prompt: t('prompt') }
  const tabs = languages.map((language) => ({
    id: language,
    label: t(`languages.${language}`),
    content: (
      <div className="flex flex-col gap-2">
        <CodeBlock code={writeSnippet(dialect, language, input)} label={t(`languages.${language}`)} />
        {language === 'env' && <p className="text-xs text-muted">{t('envHint')}</p>}
      </div>
    ),
  }))
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <p className="flex min-w-0 flex-wrap items-center gap-x-2 text-xs text-muted">
          {t('baseUrl')}{' '}
          <Mono copy className="text-text">
            {baseUrlOf(dialect, origin)}
          </Mono>
        </p>
        <Segmented label={t('sdk')} options={offered} value={dialect} onChange={setChosen} />
      </div>
      <Tabs label={t('label')} tabs={tabs} />
      {offered.length > 1 && !isSpokenTo(codeModels[dialect], dialect, provider) && (
        <Alert tone="warning" className="mt-2">
          {t.rich('otherDialect', { sdk: other, model: () => <Mono>{codeModels[dialect]}</Mono> })}
        </Alert>
      )}
    </div>
  )
}
