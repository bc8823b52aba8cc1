import type { ProviderName } from '#lib/providers.ts'
import { dialects } from './snippets.ts'
import type { Dialect } from './snippets.ts'

/** A small, usual model of each provider, to put in examples and to suggest where nothing was used yet. */
export const exampleModels: Record<ProviderName, string> = {
  openai: 'gpt-5-mini',
  anthropic: 'claude-haiku-4-5',
  google: 'gemini-2.5-flash',
  groq: 'llama-3.3-70b-versatile',
  ollama: 'llama3.2',
  mistral: 'mistral-small-latest',
  cohere: 'command-a-03-2025',
  deepseek: 'deepseek-chat',
  azure: 'gpt-5-mini',
  openrouter: 'openai/gpt-4o-mini',
}

/** The model that code of each dialect names. */
export type CodeModels = { openai: string; anthropic: string }

/**
 * Models that a key may use, for code that works as it is copied: of those it allows, else of its agent's provider, else the usual ones.
 * @param allowed null when every model is
 */
export function codeModelsOf(allowed: readonly string[] | null, provider: ProviderName | null): CodeModels {
  const own = provider ? [exampleModels[provider]] : []
  const models = allowed && allowed.length > 0 ? allowed : [...own]
  const [first] = models
  return {
    openai: models.find((model) => !isClaude(model)) ?? first ?? exampleModels.openai,
    anthropic: models.find(isClaude) ?? first ?? exampleModels.anthropic,
  }
}

/** Whether a model is Anthropic's, and so spoken to in its dialect. */
export function isClaude(model: string): boolean {
  return /^(anthropic\/|claude)/.test(model)
}

/** Providers that understand both dialects. */
const bilingual = /^(deepseek|ollama|openrouter)/

/**
 * Whether a model is called by a dialect, as far as its name and the provider of the key's agent tell. The gateway passes dialects on
 * and does not translate between them.
 */
export function isSpokenTo(model: string, dialect: 'openai' | 'anthropic', provider: ProviderName | null): boolean {
  if (bilingual.test(provider ?? model)) return true
  return (provider === 'anthropic' || isClaude(model)) === (dialect === 'anthropic')
}

/** The dialects whose SDKs can call a provider; both where it is not known which provider will be called. */
export function dialectsOf(provider: ProviderName | null): readonly Dialect[] {
  if (provider === null || bilingual.test(provider)) return dialects
  return [provider === 'anthropic' ? 'anthropic' : 'openai']
}
