import { providerLabel } from '#lib/providers.ts'
import type { ProviderName } from '#lib/providers.ts'
import { Monogram } from '#ui/data/monogram.tsx'

const letters: Record<ProviderName, string> = {
  openai: 'OA',
  anthropic: 'An',
  google: 'Go',
  groq: 'Gq',
  ollama: 'Ol',
  mistral: 'Mi',
  cohere: 'Co',
  deepseek: 'DS',
  azure: 'Az',
  openrouter: 'OR',
}

export function ProviderMark({ provider, isDimmed }: { provider: ProviderName; isDimmed?: boolean }) {
  return <Monogram letters={letters[provider]} isDimmed={isDimmed} />
}

/** A provider's mark and name. */
export function ProviderName({ provider }: { provider: ProviderName }) {
  return (
    <span className="inline-flex items-center gap-2 whitespace-nowrap">
      <ProviderMark provider={provider} />
      {providerLabel(provider)}
    </span>
  )
}
