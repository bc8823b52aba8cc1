import type { Provider, ProviderName } from './provider.ts'
import { anthropic } from './vendors/anthropic.ts'
import { azure } from './vendors/azure.ts'
import { cohere } from './vendors/cohere.ts'
import { deepseek } from './vendors/deepseek.ts'
import { google } from './vendors/google.ts'
import { groq } from './vendors/groq.ts'
import { mistral } from './vendors/mistral.ts'
import { ollama } from './vendors/ollama.ts'
import { openai } from './vendors/openai.ts'
import { openrouter } from './vendors/openrouter.ts'

const providers: Record<ProviderName, Provider> = { openai, anthropic, google, groq, ollama, mistral, cohere, deepseek, azure, openrouter }

/** One of the ten. */
export function providerOf(name: ProviderName): Provider {
  return providers[name]
}
