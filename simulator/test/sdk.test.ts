import Anthropic from '@anthropic-ai/sdk'
import OpenAI, { AzureOpenAI } from 'openai'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startSimulator, type Simulator } from '../src/simulator.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator()
})
afterAll(() => simulator.close())
beforeEach(() => simulator.clearLedger())

function openai(): OpenAI {
  return new OpenAI({ apiKey: 'sk-proj-good-0001', baseURL: simulator.baseUrls.openai, maxRetries: 0 })
}

function anthropic(): Anthropic {
  return new Anthropic({ apiKey: 'sk-ant-good-0002', baseURL: simulator.baseUrls.anthropic, maxRetries: 0 })
}

// "Say hello [[words=5]]" is 21 bytes: ceil(21 / 4) + 3 = 9 input tokens.
const PROMPT = 'Say hello [[words=5]]'
const TOOL_SCHEMA = { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer' } } } as const

test('the openai package reads a whole answer and its usage', async () => {
  const answer = await openai().chat.completions.create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: PROMPT }] })
  expect(answer.choices[0]?.message.content).toBe('the gateway answers plainly e')
  expect(answer.choices[0]?.finish_reason).toBe('stop')
  expect(answer.usage).toMatchObject({ prompt_tokens: 9, completion_tokens: 5, total_tokens: 14 })
  expect(simulator.ledger()).toMatchObject([{ request_id: answer._request_id, completion_id: answer.id, key_hint: '0001' }])
})

test('the openai package reads a stream, with usage when it asks', async () => {
  const stream = await openai().chat.completions.create({
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: PROMPT }],
    stream: true,
    stream_options: { include_usage: true },
  })
  let text = ''
  let usage: OpenAI.CompletionUsage | null | undefined
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? ''
    if (chunk.usage) usage = chunk.usage
  }
  expect(text).toBe('the gateway answers plainly e')
  expect(usage).toMatchObject({ prompt_tokens: 9, completion_tokens: 5, total_tokens: 14 })
})

// The same package against every provider of this shape, by base URL and key alone.
const COMPATIBLE: [name: string, baseUrl: () => string, model: string][] = [
  ['google', () => `${simulator.baseUrls.google}/v1beta/openai`, 'gemini-2.5-flash'],
  ['groq', () => simulator.baseUrls.groq, 'llama-3.3-70b-versatile'],
  ['ollama', () => `${simulator.baseUrls.ollama}/v1`, 'llama3.2'],
  ['mistral', () => simulator.baseUrls.mistral, 'mistral-small-latest'],
  ['cohere', () => `${simulator.baseUrls.cohere}/compatibility/v1`, 'command-r-plus'],
  ['deepseek', () => simulator.baseUrls.deepseek, 'deepseek-chat'],
  ['azure', () => simulator.baseUrls.azure, 'gpt-4o-mini'],
  ['openrouter', () => simulator.baseUrls.openrouter, 'openai/gpt-4o-mini'],
]

test.each(COMPATIBLE)('the openai package talks to %s, whole and streamed', async (name, baseUrl, model) => {
  const client = new OpenAI({ apiKey: 'some-good-key', baseURL: baseUrl(), maxRetries: 0 })
  const messages = [{ role: 'user' as const, content: PROMPT }]
  const answer = await client.chat.completions.create({ model, messages })
  expect(answer.choices[0]?.message.content).toBe('the gateway answers plainly e')
  expect(answer.usage).toMatchObject({ prompt_tokens: 9, completion_tokens: 5, total_tokens: 14 })
  // Mistral refuses the option and tells usage without it.
  const options = name === 'mistral' ? {} : { stream_options: { include_usage: true } }
  const stream = await client.chat.completions.create({ model, messages, stream: true, ...options })
  let text = ''
  let total = 0
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta?.content ?? ''
    total = chunk.usage?.total_tokens ?? total
  }
  expect({ text, total }).toEqual({ text: 'the gateway answers plainly e', total: 14 })
})

test('the AzureOpenAI client reaches a deployment by its path', async () => {
  const client = new AzureOpenAI({
    apiKey: 'some-good-key',
    endpoint: `${simulator.origin}/azure`,
    apiVersion: '2024-10-21',
    maxRetries: 0,
  })
  const answer = await client.chat.completions.create({ model: 'team-gpt-5-mini', messages: [{ role: 'user', content: PROMPT }] })
  expect(answer.model).toBe('gpt-5-mini')
  expect(simulator.ledger()).toMatchObject([
    { provider: 'azure', model: 'gpt-5-mini', path: '/openai/deployments/team-gpt-5-mini/chat/completions' },
  ])
})

test('the openai package reads tool calls and embeddings', async () => {
  const answer = await openai().chat.completions.create({
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: 'please call tool' }],
    tools: [{ type: 'function', function: { name: 'forecast', parameters: TOOL_SCHEMA } }],
  })
  const call = answer.choices[0]?.message.tool_calls?.[0]
  expect(answer.choices[0]?.finish_reason).toBe('tool_calls')
  expect(call?.type === 'function' && call.function).toEqual({ name: 'forecast', arguments: '{"city":"simulated","days":1}' })

  const vectors = await openai().embeddings.create({ model: 'text-embedding-3-small', input: ['12345678', '1'], dimensions: 8 })
  expect(vectors.data.map(({ embedding }) => embedding.length)).toEqual([8, 8])
  expect(vectors.usage).toEqual({ prompt_tokens: 3, total_tokens: 3 })
})

test('the anthropic package reads a whole answer and its usage', async () => {
  const answer = await anthropic().messages.create({
    model: 'claude-haiku-4-5',
    max_tokens: 100,
    messages: [{ role: 'user', content: PROMPT }],
  })
  expect(answer.content).toMatchObject([{ type: 'text', text: 'the gateway answers plainly e' }])
  expect(answer.stop_reason).toBe('end_turn')
  expect(answer.usage).toMatchObject({ input_tokens: 9, output_tokens: 5, cache_read_input_tokens: 0 })
})

test('the anthropic package assembles a streamed message', async () => {
  const stream = anthropic().messages.stream({
    model: 'claude-haiku-4-5',
    max_tokens: 3,
    messages: [{ role: 'user', content: PROMPT }],
  })
  const message = await stream.finalMessage()
  expect(message.content).toMatchObject([{ type: 'text', text: 'the gateway answers' }])
  expect(message.stop_reason).toBe('max_tokens')
  expect(message.usage).toMatchObject({ input_tokens: 9, output_tokens: 3 })
})

test('the anthropic package assembles a streamed tool call', async () => {
  const stream = anthropic().messages.stream({
    model: 'claude-haiku-4-5',
    max_tokens: 100,
    messages: [{ role: 'user', content: 'please call tool' }],
    tools: [{ name: 'forecast', input_schema: TOOL_SCHEMA }],
  })
  const message = await stream.finalMessage()
  expect(message.stop_reason).toBe('tool_use')
  expect(message.content).toMatchObject([{ type: 'tool_use', name: 'forecast', input: { city: 'simulated', days: 1 } }])
})

test('the packages recognise a refused key', async () => {
  const noOpenAi = new OpenAI({ apiKey: 'sk-invalid-key', baseURL: simulator.baseUrls.openai, maxRetries: 0 })
  const noAnthropic = new Anthropic({ apiKey: 'sk-ant-invalid', baseURL: simulator.baseUrls.anthropic, maxRetries: 0 })
  await expect(noOpenAi.models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError)
  await expect(noAnthropic.models.list()).rejects.toBeInstanceOf(Anthropic.AuthenticationError)
})
