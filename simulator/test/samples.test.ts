import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../src/json.ts'
import type { ProviderName } from '../src/provider.ts'
import { startSimulator, type Simulator } from '../src/simulator.ts'
import { chatBody, dataOf, REACH, send } from './harness.ts'

// Recorded answers of the real providers, where a folder of them is given; their names and values stay there.
const folder = process.env['PROVIDER_SAMPLES_DIR']
let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator()
})
afterAll(() => simulator.close())

/** Every member of a value as a dotted path, list places collapsed, with the type of what is there. */
function pathsOf(value: Json | undefined, at = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsOf(item, `${at}[]`))
  if (typeof value !== 'object' || value === null) return [at]
  return Object.entries(value).flatMap(([name, member]) => pathsOf(member, `${at}.${name}`))
}

interface Comparison {
  sample: string
  provider: ProviderName
  path?: string
  text?: string
  more?: JsonObject
  /** Paths of the sample that the simulator leaves out, and why that is no loss: other models, other features. */
  without?: RegExp
  /** Paths that the simulator has and this sample happens not to. */
  beyond?: RegExp
}

const STREAM = { stream: true }
const ASKED = { stream: true, stream_options: { include_usage: true } }

const COMPARISONS: Comparison[] = [
  { sample: 'openai-chat.json', provider: 'openai', beyond: /logprobs/ },
  { sample: 'openai-chat.stream.sse', provider: 'openai', more: ASKED, without: /tool_calls/ },
  { sample: 'anthropic-messages.json', provider: 'anthropic', without: /inference_geo/ },
  { sample: 'anthropic-messages.stream.sse', provider: 'anthropic', more: STREAM, without: /inference_geo/ },
  {
    sample: 'anthropic-messages.thinking.stream.sse',
    provider: 'anthropic',
    text: 'hi [[reasoning=2]]',
    more: STREAM,
    without: /inference_geo/,
    beyond: /thinking_tokens|signature|content_block.text/,
  },
  { sample: 'groq-chat.json', provider: 'groq', text: 'hi [[reasoning=2]]', beyond: /reasoning_tokens/ },
  { sample: 'groq-chat.stream.sse', provider: 'groq', more: STREAM },
  { sample: 'mistral-chat.json', provider: 'mistral' },
  { sample: 'mistral-chat.stream.sse', provider: 'mistral', more: { ...STREAM, model: 'mistral-small-latest' } },
  { sample: 'deepseek-chat.json', provider: 'deepseek', text: 'hi [[reasoning=2]]' },
  { sample: 'deepseek-chat.stream.sse', provider: 'deepseek', text: 'hi [[reasoning=2]]', more: ASKED },
  { sample: 'azure-chat.json', provider: 'azure' },
  { sample: 'azure-chat.model-router.stream.sse', provider: 'azure', more: ASKED },
  { sample: 'openrouter-chat.json', provider: 'openrouter' },
  { sample: 'openrouter-chat.stream.sse', provider: 'openrouter', more: STREAM },
  { sample: 'ollama-v1-chat.json', provider: 'ollama', text: 'hi [[reasoning=2]]' },
  { sample: 'ollama-api-chat.stream.ndjson', provider: 'ollama', path: '/api/chat', without: /images/, beyond: /done_reason/ },
  { sample: 'cohere-v2-chat.json', provider: 'cohere', path: '/v2/chat' },
  { sample: 'cohere-v2-chat.stream.sse', provider: 'cohere', path: '/v2/chat', more: STREAM },
  { sample: 'gemini-generateContent.json', provider: 'google', text: 'hi [[reasoning=2]]', without: /thoughtSignature/ },
  {
    sample: 'gemini-streamGenerateContent.sse',
    provider: 'google',
    path: '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
    text: 'hi [[reasoning=2]]',
  },
]

function valuesOf(text: string): Json[] {
  if (/^(event:|data:|:)/.test(text)) return dataOf(text)
  try {
    return [JSON.parse(text) as Json]
  } catch {
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Json)
  }
}

function shapeOf(text: string): string[] {
  return [...new Set(valuesOf(text).flatMap((value) => pathsOf(value)))].sort()
}

/** What programs read of an error: not its text. */
function codesOf(text: string): string[] {
  return [...text.matchAll(/"(type|code|status|reason|locale|@type)":\s*("[^"]*"|\d+|null)/g)]
    .map(([, name, value]) => `${name}=${value}`)
    .sort()
}

/** Recorded refusals, and how the simulator is brought to the same. */
const REFUSALS: { sample: string; provider: ProviderName; key?: string; text?: string; more?: JsonObject; path?: string }[] = [
  { sample: 'openai-error.404-model_not_found.json', provider: 'openai', more: { model: 'nothing' } },
  { sample: 'openai-error.400-unsupported_max_tokens.json', provider: 'openai', more: { model: 'gpt-5-mini', max_tokens: 5 } },
  { sample: 'openai-error.429-insufficient_quota.json', provider: 'openai', text: '[[error=insufficient_quota]]' },
  { sample: 'anthropic-error.400-credit_balance.json', provider: 'anthropic', key: 'key-nocredit' },
  { sample: 'anthropic-error.401.json', provider: 'anthropic', key: 'key-invalid' },
  { sample: 'anthropic-error.404-not_found.json', provider: 'anthropic', more: { model: 'nothing' } },
  { sample: 'gemini-error.400-api_key_invalid.json', provider: 'google', key: 'key-invalid' },
  { sample: 'gemini-error.402-prepay.json', provider: 'google', key: 'key-nocredit' },
  { sample: 'gemini-error.404.json', provider: 'google', path: '/v1beta/models/nothing:generateContent' },
  { sample: 'gemini-error.429-retryInfo.json', provider: 'google', key: 'key-throttled' },
  { sample: 'groq-error.401-invalid_api_key.json', provider: 'groq', key: 'key-invalid' },
  { sample: 'groq-error.404-model_not_found.json', provider: 'groq', more: { model: 'nothing' } },
  { sample: 'groq-error.429-rate_limit.json', provider: 'groq', key: 'key-throttled' },
  { sample: 'mistral-error.401.json', provider: 'mistral', key: 'key-invalid' },
  { sample: 'mistral-error.429.json', provider: 'mistral', key: 'key-throttled' },
  { sample: 'deepseek-error.401.json', provider: 'deepseek', key: 'key-invalid' },
  { sample: 'deepseek-error.402.json', provider: 'deepseek', key: 'key-nocredit' },
  { sample: 'azure-error.401.json', provider: 'azure', key: 'key-invalid' },
  { sample: 'azure-error.404-deployment.json', provider: 'azure', more: { model: 'missing' } },
  { sample: 'openrouter-error.401.json', provider: 'openrouter', key: 'key-invalid' },
  { sample: 'openrouter-error.429.json', provider: 'openrouter', key: 'key-throttled' },
  { sample: 'cohere-error.404.json', provider: 'cohere', path: '/v2/chat', more: { model: 'nothing' } },
]

describe.skipIf(folder === undefined)('against recorded answers', () => {
  test.each(COMPARISONS)('$sample has the members that the simulator sends', async (one) => {
    const recorded = shapeOf(readFileSync(join(folder ?? '', one.sample), 'utf8'))
    const url = simulator.baseUrls[one.provider] + (one.path ?? REACH[one.provider].chatPath)
    const body = chatBody(one.provider, one.text ?? 'hi', one.more ?? {})
    const sent = shapeOf(await (await send(url, REACH[one.provider].auth('good-key-123'), body)).text())
    const missing = recorded.filter((path) => !sent.includes(path) && !one.without?.test(path))
    const invented = sent.filter((path) => !recorded.includes(path) && !one.beyond?.test(path))
    expect({ missing, invented }).toEqual({ missing: [], invented: [] })
  })

  test.each(REFUSALS)('$sample is the refusal that the simulator gives', async (one) => {
    const recorded = readFileSync(join(folder ?? '', one.sample), 'utf8')
    const url = simulator.baseUrls[one.provider] + (one.path ?? REACH[one.provider].chatPath)
    const answer = await send(
      url,
      REACH[one.provider].auth(one.key ?? 'good-key-123'),
      chatBody(one.provider, one.text ?? 'hi', one.more ?? {}),
    )
    expect(String(answer.status)).toBe(/\.(\d{3})/.exec(one.sample)?.[1])
    expect(codesOf(await answer.text())).toEqual(codesOf(recorded))
  })
})
