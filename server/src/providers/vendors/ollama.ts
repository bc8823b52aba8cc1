import { asObject } from '../json.ts'
import type { Provider } from '../provider.ts'
import { keyIs, openAiShaped } from './base.ts'

const isCloud = (base: URL): boolean => base.hostname === 'ollama.com' || base.hostname.endsWith('.ollama.com')

/**
 * A local server has no keys: reaching it is the whole check, and a proxy in front of it that asks for keys answers for them there too.
 * ollama.com lists its models to anybody, so its probe is a chat call with an empty body: 400 = it complained of the body, so the key is
 * good; 401 = the key is not. It costs nothing either way.
 */
export const ollama: Provider = {
  ...openAiShaped,
  name: 'ollama',
  baseUrl: 'http://localhost:11434',
  basePath: '',
  pastedPaths: ['/v1', '/api'],
  dialects: { 'openai-chat': '/v1', 'openai-responses': '/v1', 'anthropic-messages': '/v1', ollama: '/api' },
  needsKey: false,
  keyCheck: (base) =>
    isCloud(base) ? { method: 'POST', path: '/v1/chat/completions', body: '{}' } : { method: 'GET', path: '/api/version' },
  readKeyCheck: (status, answer) => {
    if (status === 400) return asObject(answer).error === undefined ? null : keyIs('valid', 'ok')
    if (status === 200) return typeof asObject(answer).version === 'string' ? keyIs('valid', 'ok') : keyIs('unknown', 'unreadable_answer')
    return null
  },
  streamUsage: 'force',
  outputCapFields: () => ['max_tokens'],
}
