import { asObject } from '../json.ts'
import type { Provider } from '../provider.ts'
import { keyIs, openAiShaped } from './base.ts'

/**
 * OpenAI's dialect lives under `/compatibility/v1`; it answers 422 to fields that it does not support (seen for `n`), and `stream_options`
 * is reported to be one of them. The native dialect is under `/v2`.
 */
export const cohere: Provider = {
  ...openAiShaped,
  name: 'cohere',
  baseUrl: 'https://api.cohere.com',
  basePath: '',
  pastedPaths: ['/compatibility/v1', '/v1', '/v2'],
  dialects: { 'openai-chat': '/compatibility/v1', cohere: '/v2' },
  keyCheck: () => ({ method: 'POST', path: '/v1/check-api-key', body: '' }),
  readKeyCheck: (status, answer) => {
    if (status === 498) return keyIs('invalid', 'key_refused')
    if (status !== 200) return null
    const valid = asObject(answer).valid
    if (valid === true) return keyIs('valid', 'ok')
    return valid === false ? keyIs('invalid', 'key_refused') : keyIs('unknown', 'unreadable_answer')
  },
  streamUsage: 'never',
  outputCapFields: () => ['max_tokens'],
}
