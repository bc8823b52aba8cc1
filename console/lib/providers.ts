import type { providerNames } from '@llm-manager/contract/common'

export type ProviderName = (typeof providerNames)[number]

const names: Record<ProviderName, string> = {
  openai: 'OpenAI',
  anthropic: 'Anthropic',
  google: 'Google',
  groq: 'Groq',
  ollama: 'Ollama',
  mistral: 'Mistral',
  cohere: 'Cohere',
  deepseek: 'DeepSeek',
  azure: 'Azure OpenAI',
  openrouter: 'OpenRouter',
}

/** A provider under the name it gives itself. */
export function providerLabel(provider: ProviderName): string {
  return names[provider]
}

export const providers: readonly { value: ProviderName; label: string }[] = (Object.keys(names) as ProviderName[]).map((value) => ({
  value,
  label: names[value],
}))

/** What a key of a provider begins with, to show where it is typed. */
export const keyExamples: Partial<Record<ProviderName, string>> = {
  openai: 'sk-proj-…',
  anthropic: 'sk-ant-…',
  google: 'AIza…',
  groq: 'gsk_…',
  deepseek: 'sk-…',
  openrouter: 'sk-or-v1-…',
}
