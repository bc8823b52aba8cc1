import type { KeyCheck, KeyTarget, Provider } from '../provider.ts'

/** What most providers have in common: OpenAI's dialect behind a bearer key, checked by listing the models. */
export const openAiShaped = {
  basePath: '/v1',
  pastedPaths: [],
  dialects: { 'openai-chat': '' },
  needsKey: true,
  authHeaders: (secret) => ({ authorization: `Bearer ${secret}` }),
  place: (basePath, path) => basePath + path,
  optionHeaders: {},
  clientHeaders: [],
  keyCheck: () => ({ method: 'GET', path: '/models' }),
  readKeyCheck: () => null,
  streamUsage: 'leave',
  outputCapFields: () => ['max_tokens', 'max_completion_tokens'],
  ownNames: null,
} satisfies Omit<Provider, 'name' | 'baseUrl'>

/** A key option as text, or null. */
export function optionOf(target: KeyTarget, name: string): string | null {
  const value = target.options[name]
  return typeof value === 'string' && value !== '' ? value : null
}

export const keyIs = (outcome: KeyCheck['outcome'], reason: KeyCheck['reason']): KeyCheck => ({ outcome, reason })
