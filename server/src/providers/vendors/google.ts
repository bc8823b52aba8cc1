import type { KeyCheck, Provider } from '../provider.ts'
import { keyIs, openAiShaped } from './base.ts'

/** Reasons inside `error.details[]`, most of them of google.rpc.ErrorInfo. */
const REASONS: ReadonlyArray<readonly [RegExp, KeyCheck]> = [
  [/API_KEY_INVALID|API key not valid|API key expired/i, keyIs('invalid', 'key_refused')],
  [/ACCESS_TOKEN_TYPE_UNSUPPORTED/, keyIs('invalid', 'key_class_refused')],
  [/reported as leaked/i, keyIs('blocked', 'key_leaked')],
  [/SERVICE_DISABLED|API_KEY_SERVICE_BLOCKED/, keyIs('valid_restricted', 'scope_missing')],
  [/API_KEY_IP_ADDRESS_BLOCKED|API_KEY_HTTP_REFERRER_BLOCKED/, keyIs('blocked', 'address_blocked')],
  [/CONSUMER_SUSPENDED/, keyIs('blocked', 'account_blocked')],
  [/location is not supported/i, keyIs('blocked', 'region_blocked')],
  [/FAILED_PRECONDITION/, keyIs('blocked', 'account_blocked')],
]

/** Native paths take `x-goog-api-key`; the OpenAI-shaped surface takes a bearer. Never both, and never `?key=`. */
export const google: Provider = {
  ...openAiShaped,
  name: 'google',
  baseUrl: 'https://generativelanguage.googleapis.com',
  basePath: '',
  pastedPaths: ['/v1beta/openai', '/v1beta', '/v1'],
  dialects: { 'openai-chat': '/v1beta/openai', gemini: '/v1beta' },
  authHeaders: (secret, dialect): Record<string, string> =>
    dialect === 'openai-chat' ? { authorization: `Bearer ${secret}` } : { 'x-goog-api-key': secret },
  keyCheck: () => ({ method: 'GET', path: '/v1beta/models?pageSize=1' }),
  // A bad key is 400 here, and 401 is an answer to the wrong kind of credential: the body decides.
  readKeyCheck: (status, _answer, text) =>
    status >= 400 && status < 500 ? (REASONS.find(([pattern]) => pattern.test(text))?.[1] ?? null) : null,
  // The field is ignored where it is not needed; usage on the last chunk was seen without it, but is not promised.
  streamUsage: 'force',
}
