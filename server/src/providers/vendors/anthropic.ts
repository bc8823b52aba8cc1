import type { Provider } from '../provider.ts'
import { keyIs, openAiShaped } from './base.ts'

/** The version that the gateway speaks when the client names none. */
export const ANTHROPIC_VERSION = '2023-06-01'

/** OAuth tokens are taken as bearer only; every other kind of key in `x-api-key`. */
const OAUTH_TOKEN = /^sk-ant-oat/

export const anthropic: Provider = {
  ...openAiShaped,
  name: 'anthropic',
  baseUrl: 'https://api.anthropic.com',
  basePath: '',
  pastedPaths: ['/v1'],
  dialects: { 'anthropic-messages': '/v1' },
  authHeaders: (secret) => ({
    ...(OAUTH_TOKEN.test(secret) ? { authorization: `Bearer ${secret}` } : { 'x-api-key': secret }),
    'anthropic-version': ANTHROPIC_VERSION,
  }),
  keyCheck: () => ({ method: 'GET', path: '/v1/models?limit=1' }),
  readKeyCheck: (status, _answer, text) => {
    if (status === 400 && /organization has been disabled/i.test(text)) return keyIs('blocked', 'account_blocked')
    // "Request not allowed" is the answer to a region that is not served; other 403 name a missing permission.
    if (status === 403)
      return /request not allowed/i.test(text) ? keyIs('blocked', 'region_blocked') : keyIs('valid_restricted', 'scope_missing')
    return null
  },
  streamUsage: 'never',
  outputCapFields: () => ['max_tokens'],
}
