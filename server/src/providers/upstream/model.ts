import type { KeyTarget, ProviderName } from '../provider.ts'
import { providerOf } from '../registry.ts'

/** A deployment that a key leads to, whatever model is asked for; `model` is what serves there, null where nobody has said. */
export type Deployment = { name: string; model: string | null }

/** The one deployment behind an Azure key that names it; null for every other key. */
export function deploymentOf({ provider, options }: Pick<KeyTarget, 'provider' | 'options'>): Deployment | null {
  if (provider !== 'azure') return null
  const { deployment, model } = options
  if (typeof deployment !== 'string' || deployment === '') return null
  return { name: deployment, model: typeof model === 'string' && model !== '' ? model : null }
}

/** The one spelling of a model's name that is priced, allowed and recorded: Google takes `models/gemini-…` for `gemini-…`. */
export function plainModel(provider: ProviderName, model: string): string {
  return provider === 'google' ? model.replace(/^(?:models\/)+/, '') : model
}

/**
 * The model's name as the provider knows it: `openai/gpt-4o` at OpenAI is `gpt-4o`, `openrouter/openai/gpt-4o` at OpenRouter is
 * `openai/gpt-4o`; a prefix that belongs to the name stays (`groq/compound`, `openrouter/auto`, `openai/gpt-oss-120b` at Groq).
 * An Azure key that names its deployment is asked for that.
 */
export function upstreamModel(target: KeyTarget, model: string): string {
  const deployment = deploymentOf(target)
  if (deployment) return deployment.name
  const provider = providerOf(target.provider)
  const prefix = `${provider.name}/`
  if (!model.startsWith(prefix) || model.length === prefix.length) return model
  return provider.ownNames?.test(model) ? model : model.slice(prefix.length)
}
