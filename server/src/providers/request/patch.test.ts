import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import type { Dialect, OutputCapField, ProviderName } from '../provider.ts'
import { readRequest } from './parse.ts'
import { outputCapField, patchBody, streamUsagePatch, type BodyPatch } from './patch.ts'
import { inputTokensUpperBound } from './worst-case.ts'

function patch(text: string, change: BodyPatch): string {
  const read = readRequest(Buffer.from(text))
  if (read === null) throw new Error('malformed')
  return patchBody(read.body, read.facts, change).toString()
}

function factsOf(body: unknown): NonNullable<ReturnType<typeof readRequest>>['facts'] {
  const read = readRequest(Buffer.from(JSON.stringify(body)))
  if (read === null) throw new Error('malformed')
  return read.facts
}

describe('only what the patch concerns changes', () => {
  test.each<[string, BodyPatch, string]>([
    ['{ "model" : "openai/gpt-4o" ,\n "x":[1] }', { model: 'gpt-4o' }, '{ "model" : "gpt-4o" ,\n "x":[1] }'],
    ['{"x":1}', { model: 'm"1' }, '{"model":"m\\"1","x":1}'],
    ['{}', { model: 'm' }, '{"model":"m"}'],
    ['{"stream":true}', { streamUsage: 'force' }, '{"stream_options":{"include_usage":true},"stream":true}'],
    [
      '{"stream_options":{"include_obfuscation":false},"stream":true}',
      { streamUsage: 'force' },
      '{"stream_options":{"include_obfuscation":false,"include_usage":true},"stream":true}',
    ],
    ['{"stream_options":null}', { streamUsage: 'force' }, '{"stream_options":{"include_usage":true}}'],
    ['{"stream_options":{"include_usage":false}}', { streamUsage: 'force' }, '{"stream_options":{"include_usage":true}}'],
    ['{"stream_options":{"include_usage":true}}', { streamUsage: 'force' }, '{"stream_options":{"include_usage":true}}'],
    ['{"a":1,"stream_options":{"include_usage":true},"b":2}', { streamUsage: 'remove' }, '{"a":1,"b":2}'],
    ['{"a":1,"stream_options":{"include_usage":true} }', { streamUsage: 'remove' }, '{"a":1 }'],
    ['{"stream_options":{},"a":1}', { streamUsage: 'remove' }, '{"a":1}'],
    ['{"stream_options":{}}', { streamUsage: 'remove' }, '{}'],
    ['{ "stream_options":{} }', { streamUsage: 'remove', model: 'm' }, '{"model":"m"  }'],
    ['{"stream_options":{},"a":1}', { streamUsage: 'remove', model: 'm' }, '{"model":"m","a":1}'],
    ['{"a":1}', { streamUsage: 'remove' }, '{"a":1}'],
    ['{"a":1}', { outputCap: { field: 'max_tokens', value: 9 } }, '{"max_tokens":9,"a":1}'],
    ['{"max_tokens":50}', { outputCap: { field: 'max_tokens', value: 9 } }, '{"max_tokens":9}'],
    ['{"max_tokens":5}', { outputCap: { field: 'max_tokens', value: 9 } }, '{"max_tokens":5}'],
    ['{"max_tokens":null}', { outputCap: { field: 'max_tokens', value: 9 } }, '{"max_tokens":9}'],
    ['{"max_tokens":50}', { outputCap: { field: 'max_completion_tokens', value: 9 } }, '{"max_completion_tokens":9,"max_tokens":9}'],
    [
      '{"max_tokens":5,"max_completion_tokens":null}',
      { outputCap: { field: 'max_completion_tokens', value: 9 } },
      '{"max_tokens":5,"max_completion_tokens":9}',
    ],
    [
      '{"model":"a","max_tokens":50}',
      { model: 'bb', outputCap: { field: 'max_tokens', value: 9 }, streamUsage: 'force' },
      '{"stream_options":{"include_usage":true},"model":"bb","max_tokens":9}',
    ],
    ['{"a":"é"}', {}, '{"a":"é"}'],
  ])('%s %j', (text, change, expected) => {
    expect(patch(text, change)).toBe(expected)
  })

  test('a patch that changes nothing gives back the same bytes', () => {
    const body = Buffer.from('{"model":"m","max_tokens":5}')
    const read = readRequest(body)
    if (read === null) throw new Error('malformed')
    expect(patchBody(body, read.facts, { model: 'm', streamUsage: 'remove', outputCap: { field: 'max_tokens', value: 5 } })).toBe(body)
  })
})

test('any patched request parses to what was meant, and can be patched again', () => {
  const body = fc.record(
    {
      model: fc.string({ unit: 'binary' }),
      stream: fc.boolean(),
      stream_options: fc.oneof(fc.constant(null), fc.record({ include_usage: fc.boolean(), x: fc.string() }, { requiredKeys: [] })),
      max_tokens: fc.oneof(fc.constant(null), fc.nat(100)),
      max_completion_tokens: fc.oneof(fc.constant(null), fc.nat(100)),
      messages: fc.array(fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }), { maxLength: 3 }),
      other: fc.jsonValue({ maxDepth: 1 }),
    },
    { requiredKeys: [] },
  )
  const change = fc.record(
    {
      model: fc.string({ unit: 'binary' }),
      streamUsage: fc.constantFrom('force' as const, 'remove' as const),
      outputCap: fc.record({ field: fc.constantFrom<OutputCapField>('max_tokens', 'max_completion_tokens'), value: fc.nat(100) }),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(body, fc.constantFrom(undefined, 2), change, change, (request, indent, first, second) => {
      let text = JSON.stringify(request, null, indent)
      let expected: Record<string, unknown> = JSON.parse(text)
      for (const each of [first, second]) {
        text = patch(text, each)
        expected = meant(expected, each)
        expect(JSON.parse(text)).toEqual(expected)
      }
    }),
    { numRuns: 200 },
  )
})

/** The same change to a parsed request, written without bytes. */
function meant(request: Record<string, unknown>, change: BodyPatch): Record<string, unknown> {
  const result = structuredClone(request)
  if (change.model !== undefined) result.model = change.model
  if (change.streamUsage === 'force') result.stream_options = { ...(result.stream_options as object | null), include_usage: true }
  if (change.streamUsage === 'remove') delete result.stream_options
  if (change.outputCap === undefined) return result
  const { field, value } = change.outputCap
  for (const name of ['max_tokens', 'max_completion_tokens']) {
    const cap = result[name]
    if (typeof cap === 'number') result[name] = Math.min(cap, value)
  }
  if (typeof result[field] !== 'number') result[field] = value
  return result
}

describe('the field of an output cap is one that the provider obeys', () => {
  test.each<[ProviderName, Dialect, string, Record<string, unknown>, OutputCapField]>([
    ['openai', 'openai-chat', 'gpt-4o', {}, 'max_tokens'],
    ['openai', 'openai-chat', 'gpt-4o', { max_completion_tokens: 5 }, 'max_completion_tokens'],
    ['openai', 'openai-chat', 'o3-mini', {}, 'max_completion_tokens'],
    ['openai', 'openai-chat', 'o3-mini', { max_tokens: 5 }, 'max_completion_tokens'],
    ['openai', 'openai-chat', 'gpt-5-mini', {}, 'max_completion_tokens'],
    ['openai', 'openai-chat', 'gpt-5.6-sol', {}, 'max_completion_tokens'],
    ['openai', 'openai-chat', 'gpt-6-luna', {}, 'max_completion_tokens'],
    ['openai', 'openai-chat', 'gpt-oss-120b', {}, 'max_tokens'],
    ['openai', 'openai-responses', 'gpt-5', {}, 'max_output_tokens'],
    ['azure', 'openai-chat', 'my-deployment', {}, 'max_completion_tokens'],
    ['azure', 'openai-chat', 'gpt-4o', {}, 'max_tokens'],
    ['groq', 'openai-chat', 'llama-3.3-70b-versatile', {}, 'max_completion_tokens'],
    ['groq', 'openai-chat', 'llama-3.3-70b-versatile', { max_tokens: 5 }, 'max_tokens'],
    ['mistral', 'openai-chat', 'mistral-small-latest', { max_completion_tokens: 5 }, 'max_tokens'],
    ['deepseek', 'openai-chat', 'deepseek-chat', { max_completion_tokens: 5 }, 'max_tokens'],
    ['cohere', 'openai-chat', 'command-a-03-2025', {}, 'max_tokens'],
    ['anthropic', 'anthropic-messages', 'claude-sonnet-4-5', { max_tokens: 5 }, 'max_tokens'],
    ['openrouter', 'openai-chat', 'openai/gpt-5', {}, 'max_tokens'],
  ])('%s %s %s %j', (provider, dialect, model, body, expected) => {
    expect(outputCapField(provider, dialect, model, factsOf(body))).toBe(expected)
  })
})

describe('stream usage is asked for where that is needed and allowed', () => {
  const quiet = { stream: true }
  const asking = { stream: true, stream_options: { include_usage: true } }
  test.each<[ProviderName, Dialect, unknown, 'force' | 'remove' | undefined]>([
    ['openai', 'openai-chat', quiet, 'force'],
    ['openai', 'openai-chat', asking, undefined],
    ['openai', 'openai-chat', { stream: true, stream_options: { include_usage: false } }, 'force'],
    ['openai', 'openai-chat', { stream: false }, undefined],
    ['azure', 'openai-chat', quiet, 'force'],
    ['deepseek', 'openai-chat', quiet, 'force'],
    ['ollama', 'openai-chat', quiet, 'force'],
    ['google', 'openai-chat', quiet, 'force'],
    ['groq', 'openai-chat', quiet, undefined],
    ['groq', 'openai-chat', asking, undefined],
    ['openrouter', 'openai-chat', quiet, undefined],
    ['mistral', 'openai-chat', quiet, undefined],
    ['mistral', 'openai-chat', asking, 'remove'],
    ['cohere', 'openai-chat', asking, 'remove'],
    ['anthropic', 'anthropic-messages', quiet, undefined],
    ['openai', 'openai-responses', quiet, undefined],
  ])('%s %s %j', (provider, dialect, body, expected) => {
    expect(streamUsagePatch(provider, dialect, factsOf(body))).toBe(expected)
  })
})

describe('the bound of input tokens', () => {
  const boundOf = (body: unknown): number | null => inputTokensUpperBound(Buffer.from(JSON.stringify(body)), factsOf(body))
  test('is the size of the body and a little for the template', () => {
    expect(boundOf({ model: 'm', messages: [{ role: 'user', content: 'olá' }] })).toBe(59 + 64)
  })
  test('is wider with tools, whose instructions the provider writes', () => {
    expect(boundOf({ tools: [{ type: 'function', function: { name: 'f' } }] })).toBe(55 + 64 + 1024)
  })
  test('does not exist for input by reference and for tools that the provider runs', () => {
    expect(boundOf({ messages: [{ content: [{ type: 'image_url', image_url: { url: 'x' } }] }] })).toBeNull()
    expect(boundOf({ previous_response_id: 'r' })).toBeNull()
    expect(boundOf({ tools: [{ type: 'web_search' }] })).toBeNull()
  })
})
