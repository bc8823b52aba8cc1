import { findModel, listModels, type PricedModel } from '../billing/prices.ts'
import { promptTokens, type Tokens } from '../billing/tokens.ts'
import { refuse } from '../generate.ts'
import { stringOf, type JsonObject } from '../json.ts'
import type { Call, Credential, Failure, Provider } from '../provider.ts'
import { sendJson } from '../reply.ts'
import { bearerOf, headerOf } from '../shapes/credential.ts'
import { serveContent, serveGeminiCount, serveGeminiEmbed } from '../shapes/gemini/content.ts'
import { geminiRefusal, isCompat } from '../shapes/gemini/errors.ts'
import { plainMessage, serveChat } from '../shapes/openai/chat.ts'
import type { ChatDialect } from '../shapes/openai/chat-dialect.ts'
import { OPENAI_DIALECT } from '../shapes/openai/openai-dialect.ts'
import { serveEmbeddings } from '../shapes/openai/embeddings.ts'

/** The compatibility API takes names with and without `models/`. */
function compatModel(call: Call, kind: PricedModel['kind']): PricedModel | undefined {
  const model = findModel('google', (stringOf(call.body['model']) ?? '').replace(/^models\//, ''))
  return model?.kind === kind ? model : undefined
}

/** Thoughts are missing from `completion_tokens` and only within the total. */
function usage(tokens: Tokens): JsonObject {
  const prompt = promptTokens(tokens)
  return { prompt_tokens: prompt, completion_tokens: tokens.output, total_tokens: prompt + tokens.output + tokens.reasoning }
}

/** The OpenAI-compatible API: ids of tool calls are empty, cached tokens are not told, unknown fields are ignored. */
const DIALECT: ChatDialect = {
  ...OPENAI_DIALECT,
  completionId: (call) => `sim${call.serial}`,
  envelope: () => ({}),
  choiceExtras: () => ({}),
  message: (answer, call, dialect) => plainMessage(answer, call, dialect),
  usage,
  usageAt: 'finish_if_asked',
  reportsCache: false,
  wholeToolCalls: true,
  toolCallId: () => '',
  choices: () => 1,
  model: (call) => compatModel(call, 'chat'),
  check: () => undefined,
  firstDelta: {},
  obfuscates: false,
  errorFrames: (failure, call) => [`data: ${JSON.stringify(geminiRefusal(failure, call).body)}\n\n`],
}

/** `x-goog-api-key` (or the leaky `?key=`) on native paths, Bearer only on the compatible ones; two at once are refused. */
function credential(headers: Parameters<Provider['credential']>[0], path: string, query: URLSearchParams): Credential {
  const native = headerOf(headers, 'x-goog-api-key') ?? query.get('key') ?? undefined
  const bearer = bearerOf(headers)
  if (native !== undefined && bearer !== undefined) {
    return { failure: { kind: 'bad_request', message: 'Multiple authentication credentials received. Please pass only one.' } }
  }
  if (isCompat(path)) {
    const failure: Failure = { kind: 'bad_request', message: 'Missing or invalid Authorization header.' }
    return bearer === undefined ? { failure } : { key: bearer }
  }
  if (bearer !== undefined) return { failure: { kind: 'wrong_credential' } }
  return native === undefined ? { failure: { kind: 'missing_key' } } : { key: native }
}

function entryOf(model: PricedModel): JsonObject {
  return {
    name: `models/${model.model}`,
    version: '001',
    displayName: model.model,
    description: 'A simulated model',
    inputTokenLimit: model.contextTokens,
    outputTokenLimit: model.maxOutputTokens || 1,
    supportedGenerationMethods: model.kind === 'chat' ? ['generateContent', 'countTokens'] : ['embedContent'],
  }
}

function serveModels(call: Call): void {
  const all = listModels('google')
  const size = Number(call.query.get('pageSize') ?? 50) || 50
  const start = Number(call.query.get('pageToken') ?? 0) || 0
  const page = all.slice(start, start + size).map(entryOf)
  sendJson(call, start + size < all.length ? { models: page, nextPageToken: String(start + size) } : { models: page })
}

function serveModel(call: Call): void {
  const model = findModel('google', call.params[0] ?? '')
  if (!model) return refuse(call, { kind: 'model_not_found', model: call.params[0] })
  sendJson(call, entryOf(model))
}

function serveCompatModels(call: Call): void {
  const data = listModels('google').map(({ model }) => ({
    id: `models/${model}`,
    object: 'model',
    owned_by: 'google',
    display_name: model,
  }))
  sendJson(call, { object: 'list', data })
}

const action = (name: string) => new RegExp(`^/v1(?:beta)?/models/([^/:]+):${name}$`)

/** `https://generativelanguage.googleapis.com`: the native API and the OpenAI-compatible one. */
export const google: Provider = {
  name: 'google',
  // Lists stay readable with depleted credit.
  moneyGuardsChecks: false,
  credential,
  refuse: geminiRefusal,
  identify: () => ({ requestId: '', headers: {} }),
  routes: [
    { method: 'POST', path: '/v1beta/openai/chat/completions', access: 'generate', handle: (call) => serveChat(call, DIALECT) },
    {
      method: 'POST',
      path: '/v1beta/openai/embeddings',
      access: 'generate',
      handle: (call) => serveEmbeddings(call, compatModel(call, 'embedding')),
    },
    { method: 'GET', path: '/v1beta/openai/models', access: 'check', handle: serveCompatModels },
    { method: 'POST', path: action('generateContent'), access: 'generate', handle: (call) => serveContent(call, false) },
    { method: 'POST', path: action('streamGenerateContent'), access: 'generate', handle: (call) => serveContent(call, true) },
    { method: 'POST', path: action('countTokens'), access: 'check', handle: serveGeminiCount },
    { method: 'POST', path: action('embedContent'), access: 'generate', handle: (call) => serveGeminiEmbed(call, false) },
    { method: 'POST', path: action('batchEmbedContents'), access: 'generate', handle: (call) => serveGeminiEmbed(call, true) },
    { method: 'GET', path: /^\/v1(?:beta)?\/models$/, access: 'check', handle: serveModels },
    { method: 'GET', path: /^\/v1(?:beta)?\/models\/([^/:]+)$/, access: 'check', handle: serveModel },
  ],
}
