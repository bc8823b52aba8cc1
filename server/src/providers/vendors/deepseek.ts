import { asObject } from '../json.ts'
import type { Provider } from '../provider.ts'
import { keyIs, openAiShaped } from './base.ts'

/** The balance proves the key and tells whether it has money. */
export const deepseek: Provider = {
  ...openAiShaped,
  name: 'deepseek',
  baseUrl: 'https://api.deepseek.com',
  basePath: '',
  pastedPaths: ['/v1', '/anthropic'],
  dialects: { 'openai-chat': '', 'openai-responses': '', 'anthropic-messages': '/anthropic/v1' },
  keyCheck: () => ({ method: 'GET', path: '/user/balance' }),
  readKeyCheck: (status, answer) => {
    if (status !== 200) return null
    const available = asObject(answer).is_available
    if (typeof available !== 'boolean') return keyIs('unknown', 'unreadable_answer')
    return available ? keyIs('valid', 'ok') : keyIs('valid_no_credit', 'no_credit')
  },
  streamUsage: 'force',
  outputCapFields: () => ['max_tokens'],
}
