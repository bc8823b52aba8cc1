import type { Provider } from '../provider.ts'
import { openAiShaped } from './base.ts'

/** Refuses fields it does not know (422), `stream_options` and `max_completion_tokens` among them; streams carry usage anyway. */
export const mistral: Provider = {
  ...openAiShaped,
  name: 'mistral',
  baseUrl: 'https://api.mistral.ai/v1',
  streamUsage: 'never',
  outputCapFields: () => ['max_tokens'],
}
