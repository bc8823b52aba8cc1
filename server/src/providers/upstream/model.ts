import type { KeyTarget } from '../provider.ts'
import { providerOf } from '../registry.ts'

/**
 * The model's name as the provider knows it: `openai/gpt-4o` at OpenAI is `gpt-4o`, `openrouter/openai/gpt-4o` at OpenRouter is
 * `openai/gpt-4o`; a prefix that belongs to the name stays (`groq/compound`, `openrouter/auto`, `openai/gpt-oss-120b` at Groq).
 * An Azure key that names its deployment is asked for that.
 */
export function upstreamModel(target: KeyTarget, model: string): string {
  const deployment = target.provider === 'azure' ? target.options.deployment : undefined
  if (typeof deployment === 'string' && deployment !== '') return deployment
  const provider = providerOf(target.provider)
  const prefix = `${provider.name}/`
  if (!model.startsWith(prefix) || model.length === prefix.length) return model
  return provider.ownNames?.test(model) ? model : model.slice(prefix.length)
}
