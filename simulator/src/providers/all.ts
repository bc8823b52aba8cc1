import type { Provider } from '../provider.ts'
import { anthropic } from './anthropic.ts'
import { openai } from './openai.ts'

/** The providers that the simulator plays. */
export const PROVIDERS: Provider[] = [openai, anthropic]
