import { asObject } from '../json.ts'
import type { Provider } from '../provider.ts'
import { keyIs, openAiShaped } from './base.ts'

/** `/models` answers anybody; `/key` proves the key and tells what is left of its own limit. Usage always comes, asked for or not. */
export const openrouter: Provider = {
  ...openAiShaped,
  name: 'openrouter',
  baseUrl: 'https://openrouter.ai/api/v1',
  basePath: '/api/v1',
  dialects: { 'openai-chat': '', 'openai-responses': '', 'anthropic-messages': '' },
  clientHeaders: ['http-referer', 'x-title', 'x-openrouter-title'],
  keyCheck: () => ({ method: 'GET', path: '/key' }),
  readKeyCheck: (status, answer) => {
    if (status !== 200) return null
    const data = asObject(answer).data
    if (typeof data !== 'object' || data === null) return keyIs('unknown', 'unreadable_answer')
    if (asObject(data).is_management_key === true) return keyIs('valid_restricted', 'management_key')
    const left = asObject(data).limit_remaining
    return typeof left === 'number' && left <= 0 ? keyIs('valid_no_credit', 'no_credit') : keyIs('valid', 'ok')
  },
  // `openrouter/auto` and the like are names of models; `openrouter/<maker>/<model>` carries our prefix.
  ownNames: /^openrouter\/[^/]+$/,
}
