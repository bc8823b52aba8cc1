import type { Provider } from '../provider.ts'
import { openAiShaped } from './base.ts'

/** Models that answer 400 to `max_tokens` and obey `max_completion_tokens` alone: the o-series, gpt-5 and later. */
const REASONING = /^(?:ft:)?(?:openai\/)?(?:o\d|gpt-[5-9]|gpt-\d{2,}|codex|computer-use)/

export const openai: Provider = {
  ...openAiShaped,
  name: 'openai',
  baseUrl: 'https://api.openai.com/v1',
  dialects: { 'openai-chat': '', 'openai-responses': '' },
  optionHeaders: { organization: 'openai-organization', project: 'openai-project' },
  clientHeaders: ['openai-beta'],
  streamUsage: 'force',
  outputCapFields: (model) => (REASONING.test(model) ? ['max_completion_tokens'] : ['max_tokens', 'max_completion_tokens']),
}
