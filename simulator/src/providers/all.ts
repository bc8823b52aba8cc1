import type { Provider } from '../provider.ts'
import { anthropic } from './anthropic.ts'
import { azure } from './azure.ts'
import { cohere } from './cohere.ts'
import { deepseek } from './deepseek.ts'
import { google } from './google.ts'
import { groq } from './groq.ts'
import { mistral } from './mistral.ts'
import { ollama } from './ollama.ts'
import { openai } from './openai.ts'
import { openrouter } from './openrouter.ts'

/** The ten providers. */
export const PROVIDERS: Provider[] = [openai, anthropic, google, groq, ollama, mistral, cohere, deepseek, azure, openrouter]
