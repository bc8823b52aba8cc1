import type { Provider } from '../provider.ts'
import { openAiShaped } from './base.ts'

/** Usage comes on the finish chunk without being asked for. */
export const groq: Provider = {
  ...openAiShaped,
  name: 'groq',
  baseUrl: 'https://api.groq.com/openai/v1',
  basePath: '/openai/v1',
  dialects: { 'openai-chat': '', 'openai-responses': '' },
  outputCapFields: () => ['max_completion_tokens', 'max_tokens'],
  // `groq/compound` and `groq/compound-mini` are names of models.
  ownNames: /^groq\/compound(?:-|$)/,
}
