import type { Provider } from '../provider.ts'
import { openAiShaped, optionOf } from './base.ts'

/** Deployments are named by people; only a name of the gpt-3.5/gpt-4 line says that the older field is safe to add. */
const OLDER = /^gpt-?(?:3|4)/
/** Values of `api-version` that belong to the v1 form. */
const V1_VERSIONS: ReadonlySet<string> = new Set(['v1', 'preview', 'latest'])
/** Paths that the older form puts under a deployment; the rest hang directly below `/openai`. */
const PER_DEPLOYMENT: ReadonlySet<string> = new Set([
  '/completions',
  '/chat/completions',
  '/embeddings',
  '/audio/transcriptions',
  '/audio/translations',
  '/audio/speech',
  '/images/generations',
  '/images/edits',
])

function withVersion(path: string, version: string): string {
  return `${path}${path.includes('?') ? '&' : '?'}api-version=${encodeURIComponent(version)}`
}

/**
 * Azure OpenAI. Without `api_version` the v1 form: `/openai/v1/…`, the body's `model` is the deployment. With a dated `api_version` the
 * older form: `/openai/deployments/{deployment}/…?api-version=`; the deployment is the key's option, else the model asked for.
 */
export const azure: Provider = {
  ...openAiShaped,
  name: 'azure',
  baseUrl: null,
  basePath: '/openai/v1',
  dialects: { 'openai-chat': '', 'openai-responses': '' },
  authHeaders: (secret) => ({ 'api-key': secret }),
  place: (basePath, path, target, model) => {
    const version = optionOf(target, 'api_version')
    if (version === null) return basePath + path
    if (V1_VERSIONS.has(version)) return withVersion(basePath + path, version)
    const root = basePath.replace(/\/v1$/, '')
    if (!PER_DEPLOYMENT.has(path.split('?')[0] ?? path)) return withVersion(root + path, version)
    const deployment = optionOf(target, 'deployment') ?? model
    if (deployment === null || deployment === '') return null
    return withVersion(`${root}/deployments/${encodeURIComponent(deployment)}${path}`, version)
  },
  streamUsage: 'force',
  outputCapFields: (model) => (OLDER.test(model) ? ['max_tokens', 'max_completion_tokens'] : ['max_completion_tokens']),
}
