import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import type { Dialect, ProviderName } from '../provider.ts'
import { samplesIn } from '../samples.fixture.ts'
import { noTokens, type TokenBuckets } from '../usage/buckets.ts'
import { createUsageScanner, MAX_EVENT_BYTES, type StreamResult } from './scanner.ts'

const samples = samplesIn(process.env.PROVIDER_SAMPLES_DIR)

function scan(provider: ProviderName, dialect: Dialect, chunks: readonly Buffer[]): StreamResult {
  const scanner = createUsageScanner(provider, dialect)
  for (const chunk of chunks) scanner.push(chunk)
  scanner.end()
  return scanner.result()
}

const scanText = (provider: ProviderName, dialect: Dialect, text: string): StreamResult => scan(provider, dialect, [Buffer.from(text)])

/** Cuts bytes at arbitrary places, in characters and line ends too. */
function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [...new Set(cuts.map((each) => each % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length))
}

const lineEnds = { lf: '\n', crlf: '\r\n', cr: '\r' }

const recorded: [string, ProviderName, Dialect, Partial<TokenBuckets> | null, boolean, string | null][] = [
  ['openai-chat.stream.sse', 'openai', 'openai-chat', { input: 53, output: 15 }, true, null],
  ['openai-chat.tool_calls.stream.sse', 'openai', 'openai-chat', { input: 398, output: 10 }, true, null],
  ['azure-chat.model-router.stream.sse', 'azure', 'openai-chat', { input: 15, output: 14, reasoning: 64 }, true, null],
  ['groq-chat.stream.sse', 'groq', 'openai-chat', { input: 45, output: 662 }, true, null],
  ['groq-error.midstream.sse', 'groq', 'openai-chat', null, false, 'invalid_request_error'],
  ['mistral-chat.stream.sse', 'mistral', 'openai-chat', { input: 13, output: 8 }, true, null],
  ['mistral-chat.reasoning.stream.sse', 'mistral', 'openai-chat', { input: 10, output: 232 }, true, null],
  ['deepseek-chat.stream.sse', 'deepseek', 'openai-chat', { input: 6, output: 14, reasoning: 198 }, true, null],
  ['openrouter-chat.stream.sse', 'openrouter', 'openai-chat', { input: 254, output: 5 }, true, null],
  ['openrouter-chat.stream-usage-with-choices.sse', 'openrouter', 'openai-chat', { input: 8174, output: 30 }, true, null],
  ['openrouter-chat.reasoning.stream.sse', 'openrouter', 'openai-chat', { input: 43, reasoning: 10 }, true, '400'],
  ['openrouter-error.midstream.sse', 'openrouter', 'openai-chat', null, true, 'rate_limit_exceeded'],
  ['anthropic-messages.stream.sse', 'anthropic', 'anthropic-messages', { input: 20, output: 5 }, true, null],
  ['anthropic-messages.thinking.stream.sse', 'anthropic', 'anthropic-messages', { input: 43, output: 282 }, true, null],
  ['anthropic-messages.tool_use.stream.sse', 'anthropic', 'anthropic-messages', { input: 849, output: 47 }, true, null],
  ['openai-responses.stream.sse', 'openai', 'openai-responses', { input: 278, output: 9 }, true, null],
  ['openai-responses.tool_call.stream.sse', 'openai', 'openai-responses', { input: 255, output: 16 }, true, null],
  ['openai-responses.error.stream.sse', 'openai', 'openai-responses', null, true, 'insufficient_quota'],
  ['deepseek-responses.stream.sse', 'deepseek', 'openai-responses', { input: 90, output: 8, reasoning: 7 }, true, null],
  ['gemini-streamGenerateContent.sse', 'google', 'gemini', { input: 18, output: 80, reasoning: 35 }, true, null],
  ['cohere-v2-chat.stream.sse', 'cohere', 'cohere', { input: 12, output: 7 }, true, null],
  ['cohere-v2-chat.tool_call.stream.sse', 'cohere', 'cohere', { input: 119, output: 44 }, true, null],
  ['ollama-api-chat.stream.ndjson', 'ollama', 'ollama', { input: 26, output: 282 }, true, null],
  ['ollama-api-chat.tool_calls.stream.ndjson', 'ollama', 'ollama', { input: 169, output: 15 }, true, null],
  ['ollama-generate.midstream-error.ndjson', 'ollama', 'ollama', null, false, 'error'],
]

describe.skipIf(!samples.areThere)('recorded streams', () => {
  test.each(recorded)('%s', (name, provider, dialect, expected, finished, error) => {
    const result = scan(provider, dialect, [samples.read(name)])
    expect(result.usage?.buckets ?? null).toEqual(expected === null ? null : { ...noTokens(), ...expected })
    expect([result.finished, result.error?.type ?? null]).toEqual([finished, error])
    expect(result.usageIsFinal).toBe(expected !== null && finished)
  })

  test.each(recorded)('%s tells the same however the network and the line ends cut it', (name, provider, dialect) => {
    const text = samples.read(name).toString()
    const whole = scanText(provider, dialect, text)
    fc.assert(
      fc.property(
        fc.constantFrom('lf' as const, 'crlf' as const, 'cr' as const),
        fc.array(fc.nat(100_000), { maxLength: 40 }),
        (ends, cuts) => {
          const bytes = Buffer.from(text.replaceAll('\n', lineEnds[ends]))
          expect(scan(provider, dialect, cut(bytes, cuts))).toEqual(whole)
        },
      ),
      { numRuns: 15 },
    )
  })

  test('openrouter tells what it charged', () => {
    expect(scan('openrouter', 'openai-chat', [samples.read('openrouter-chat.stream.sse')]).usage?.costNanos).toBe(837_000n)
  })

  test('the text that was received is measured', () => {
    expect(scan('openrouter', 'openai-chat', [samples.read('openrouter-chat.stream.sse')]).outputBytes).toBe('Hello!'.length)
    expect(scan('cohere', 'cohere', [samples.read('cohere-v2-chat.stream.sse')]).outputBytes).toBe('The capital of France is Paris.'.length)
    expect(scan('openai', 'openai-responses', [samples.read('openai-responses.stream.sse')]).outputBytes).toBe(
      'The capital of France is Paris.'.length,
    )
    expect(scan('anthropic', 'anthropic-messages', [samples.read('anthropic-messages.stream.sse')]).outputBytes).toBe(1)
  })
})

const chat = (fields: Record<string, unknown>): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model: 'm', ...fields })}\n\n`
const delta = (content: string): string => chat({ choices: [{ index: 0, delta: { content }, finish_reason: null }], usage: null })
const finish = chat({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: null })
const usage = chat({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } })

describe('chat streams', () => {
  test('words that look like fields inside a text change nothing', () => {
    const text = ['usage', 'error', 'finish_reason', '"usage":{"prompt_tokens":9}', '[DONE]', 'data: [DONE]\n\n'].map(delta).join('')
    expect(scanText('openai', 'openai-chat', text)).toMatchObject({ usage: null, finished: false, error: null })
    expect(scanText('openai', 'openai-chat', text + finish + usage)).toMatchObject({
      usage: { buckets: { input: 3, output: 2 } },
      finished: true,
      usageIsFinal: true,
      error: null,
    })
  })
  test('the last usage stands', () => {
    const early = chat({ choices: [{ delta: { content: 'a' } }], usage: { prompt_tokens: 3, completion_tokens: 1 } })
    expect(scanText('openai', 'openai-chat', early + finish + usage).usage?.buckets.output).toBe(2)
  })
  test('usage of a stream that broke off is not final', () => {
    const early = chat({ choices: [{ delta: { content: 'a' } }], usage: { prompt_tokens: 3, completion_tokens: 1 } })
    expect(scanText('openai', 'openai-chat', early)).toMatchObject({ usageIsFinal: false, finished: false })
  })
  test('what follows [DONE] is not looked at', () => {
    expect(scanText('openai', 'openai-chat', `${finish}data: [DONE]\n\n${usage}`).usage).toBeNull()
  })
  test('[DONE] alone ends a stream, also without the space', () => {
    expect(scanText('openai', 'openai-chat', `${delta('a')}data:[DONE]\n\n`).finished).toBe(true)
  })
  test('comments, a byte order mark, several data lines and a missing last blank line are taken', () => {
    const text = `\ufeff: keep-alive\n\n: keep-alive\nevent: x\ndata: {"choices":[],\ndata: "usage":{"prompt_tokens":3,\ndata:"completion_tokens":2}}\n\n${finish.trimEnd()}`
    expect(scanText('deepseek', 'openai-chat', text)).toMatchObject({ usage: { buckets: { input: 3, output: 2 } }, finished: true })
  })
  test('an error inside the stream is kept, short and without keys', () => {
    const text = `${delta('a')}data: {"error":{"message":"key sk-proj-${'x'.repeat(30)} is bad","type":"server_error","code":null}}\n\n`
    const { error, finished } = scanText('openai', 'openai-chat', text)
    expect([finished, error?.type]).toEqual([false, 'server_error'])
    expect(error?.message).not.toContain('xxxx')
  })
  test('a truncated frame at the end is not believed', () => {
    expect(scanText('openai', 'openai-chat', usage.slice(0, -12)).usage).toBeNull()
  })
  test('text is measured in bytes, with arguments and reasoning, without names and ids', () => {
    const call = chat({ choices: [{ index: 0, delta: { tool_calls: [{ id: 'call_123', function: { name: 'f', arguments: '{}' } }] } }] })
    const thought = chat({ choices: [{ index: 0, delta: { reasoning_content: 'hm' } }] })
    expect(scanText('openai', 'openai-chat', delta('olá') + call + thought).outputBytes).toBe(4 + 2 + 2)
  })
  test('the text of completions, which have no delta, is measured too', () => {
    const text = chat({ choices: [{ index: 0, text: 'four', finish_reason: null, logprobs: null }] })
    expect(scanText('openai', 'openai-chat', text).outputBytes).toBe(4)
  })
  test('an event larger than a mebibyte is passed over, and counted by its bytes', () => {
    const big = delta('x'.repeat(MAX_EVENT_BYTES))
    const chunks = cut(Buffer.from(big + finish + usage), [10, 500_000, 1_048_000])
    expect(scan('openai', 'openai-chat', chunks)).toMatchObject({
      usage: { buckets: { input: 3 } },
      finished: true,
      outputBytes: big.length,
    })
    expect(scanText('openai', 'openai-chat', big + finish + usage).outputBytes).toBe(big.length)
  })
})

describe('answers that are no stream', () => {
  test('an error with status 200', () => {
    expect(scanText('openrouter', 'openai-chat', '\n\n{"error":{"code":502,"message":"Provider returned error"}}')).toMatchObject({
      finished: false,
      error: { type: '502', message: 'Provider returned error' },
    })
  })
  test("an error in Gemini's list", () => {
    expect(scanText('google', 'openai-chat', '[{"error":{"code":400,"message":"no","status":"INVALID_ARGUMENT"}}]').error).toEqual({
      type: '400',
      message: 'no',
    })
  })
  test('a whole answer', () => {
    const answer = JSON.stringify(
      { model: 'm', choices: [{ message: { content: 'hi' }, finish_reason: 'stop' }], usage: { prompt_tokens: 3, completion_tokens: 2 } },
      null,
      2,
    )
    expect(scanText('openai', 'openai-chat', answer)).toMatchObject({
      finished: true,
      usageIsFinal: true,
      usage: { model: 'm', buckets: { input: 3, output: 2 } },
    })
  })
  test('a page, or nothing, is no finished answer', () => {
    expect(scanText('openai', 'openai-chat', '<html></html>')).toMatchObject({ finished: false, usage: null, error: null })
    expect(scanText('openai', 'openai-chat', '')).toMatchObject({ finished: false, usage: null, outputBytes: 0 })
  })
})

describe('anthropic', () => {
  const event = (type: string, fields: Record<string, unknown>): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
  const start = event('message_start', {
    message: {
      id: 'm',
      model: 'claude-x',
      usage: {
        input_tokens: 5,
        cache_read_input_tokens: 7,
        cache_creation_input_tokens: 10,
        cache_creation: { ephemeral_1h_input_tokens: 10, ephemeral_5m_input_tokens: 0 },
        output_tokens: 1,
      },
    },
  })
  const text = event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'message_delta' } })

  test('the parts of usage are merged; null overwrites nothing', () => {
    const end = event('message_delta', {
      delta: { stop_reason: 'end_turn' },
      usage: { input_tokens: 5, cache_read_input_tokens: null, output_tokens: 40, output_tokens_details: { thinking_tokens: 30 } },
    })
    expect(scanText('anthropic', 'anthropic-messages', start + text + end + event('message_stop', {}))).toMatchObject({
      usage: { model: 'claude-x', buckets: { input: 5, cacheRead: 7, cacheWrite: 0, cacheWriteLong: 10, output: 10, reasoning: 30 } },
      usageIsFinal: true,
    })
  })
  test('a stream that broke off knows its input, and that its output is not final', () => {
    expect(scanText('anthropic', 'anthropic-messages', start + text)).toMatchObject({
      usage: { buckets: { input: 5, output: 1 } },
      usageIsFinal: false,
      finished: false,
      outputBytes: 13,
    })
  })
  test('an error event', () => {
    const overloaded = event('error', { error: { type: 'overloaded_error', message: 'Overloaded' } })
    expect(scanText('anthropic', 'anthropic-messages', start + overloaded)).toMatchObject({
      finished: false,
      error: { type: 'overloaded_error', message: 'Overloaded' },
    })
  })
})

test('whatever bytes come, in whatever pieces, the scanner neither fails nor tells differently', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'data: ',
      '\n',
      '\r',
      '\r\n',
      '\n\n',
      finish,
      usage,
      delta('é"\\'),
      'data: [DONE]\n\n',
      ': c\n\n',
      '{',
      '}',
      '"usage":{',
      '"error":"x"',
      'event: error\n',
      '{"error":"x"}\n',
    ),
    fc.string({ maxLength: 8 }),
  )
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 12 }),
      fc.array(fc.nat(5_000), { maxLength: 12 }),
      fc.constantFrom<Dialect>('openai-chat', 'anthropic-messages', 'gemini', 'ollama'),
      (pieces, cuts, dialect) => {
        const bytes = Buffer.from(pieces.join(''))
        expect(scan('openai', dialect, cut(bytes, cuts))).toEqual(scan('openai', dialect, [bytes]))
      },
    ),
    { numRuns: 300 },
  )
})
