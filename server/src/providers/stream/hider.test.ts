import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { samplesIn } from '../samples.fixture.ts'
import { createEventSplitter } from './events.ts'
import { createUsageHider } from './hider.ts'

const samples = samplesIn(process.env.PROVIDER_SAMPLES_DIR)

function hide(chunks: readonly Buffer[]): string {
  const hider = createUsageHider('openai')
  return Buffer.concat([...chunks.flatMap((chunk) => hider.push(chunk)), ...hider.end()]).toString('latin1')
}

const latin = (text: string): string => Buffer.from(text).toString('latin1')

const a = 'data: {"choices":[{"delta":{"content":"usage é"},"finish_reason":null}],"usage":null}\n\n'
const azureFirst = 'data: {"choices":[],"id":"","prompt_filter_results":[{"prompt_index":0}]}\n\n'
const finishWithUsage = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}\n\n'
const extra = 'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}\n\n'
const failed = 'data: {"choices":[],"usage":{"prompt_tokens":1},"error":{"message":"x"}}\n\n'
const comment = ': keep-alive\n\n'
const done = 'data: [DONE]\n\n'

test('the extra usage chunk is taken out; every other byte passes', () => {
  expect(hide([Buffer.from(azureFirst + a + comment + finishWithUsage + extra + failed + done)])).toBe(
    latin(azureFirst + a + comment + finishWithUsage + failed + done),
  )
})

test('with spaces and another order of fields it is still found', () => {
  expect(hide([Buffer.from(`${a}data: {"usage" : {"prompt_tokens": 1}, "choices": [ ], "id": "x"}\n\n${done}`)])).toBe(latin(a + done))
})

test('a last event without its blank line passes, unless it is the one', () => {
  expect(hide([Buffer.from(a + done.trimEnd())])).toBe(latin(a + done.trimEnd()))
  expect(hide([Buffer.from(a + extra.trimEnd())])).toBe(latin(a))
})

test('only an unfinished event is held back', () => {
  const hider = createUsageHider('openai')
  expect(hider.push(Buffer.from(`${a}data: {"cho`)).map(String)).toEqual([a])
  expect(hider.push(Buffer.from(extra.slice('data: {"cho'.length) + done)).map(String)).toEqual([done])
})

test('events that lie side by side go out in one piece', () => {
  expect(
    createUsageHider('openai')
      .push(Buffer.from(a + comment + a))
      .map(String),
  ).toEqual([a + comment + a])
})

test('however the bytes are cut, the same ones come out', () => {
  const event = fc.constantFrom(a, azureFirst, finishWithUsage, extra, failed, comment, done, '\n', 'event: x\n')
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 12 }),
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.array(fc.nat(2_000), { maxLength: 12 }),
      (events, lineEnd, cuts) => {
        const bytes = Buffer.from(events.join('').replaceAll('\n', lineEnd))
        const at = cuts.map((each) => each % (bytes.length + 1)).sort((x, y) => x - y)
        const chunks = [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length))
        const out = hide(chunks)
        expect(out).toBe(hide([bytes]))
        if (!events.some((each) => each === extra || each === failed)) expect(out).toBe(bytes.toString('latin1'))
      },
    ),
  )
})

describe.skipIf(!samples.areThere)('recorded streams', () => {
  test('lose their usage chunk and nothing else', () => {
    const text = samples.read('openai-chat.stream.sse').toString()
    const events = text.split('\n\n')
    const without = events.filter((event) => !event.includes('"choices":[]')).join('\n\n')
    expect(events.length - without.split('\n\n').length).toBe(1)
    expect(hide([Buffer.from(text)])).toBe(latin(without))
  })
  test.each([
    'groq-chat.stream.sse',
    'deepseek-chat.stream.sse',
    'mistral-chat.stream.sse',
    'openrouter-chat.stream-usage-with-choices.sse',
  ])('%s passes as it is', (name) => {
    expect(hide([samples.read(name)])).toBe(samples.read(name).toString('latin1'))
  })
  test('azure keeps its first chunk', () => {
    const out = hide([samples.read('azure-chat.model-router.stream.sse')])
    expect(out).toContain('prompt_filter_results')
    expect(out).not.toContain('"completion_tokens"')
  })
})

test('an event over the bound comes in pieces, the next one whole again, and no byte is lost', () => {
  const events: [string, boolean][] = []
  const splitter = createEventSplitter('sse', 10, (bytes, whole) => events.push([bytes.toString(), whole]))
  for (const chunk of ['data: 1', '234567', '89\n', '\nd: 1\n\n']) splitter.push(Buffer.from(chunk))
  splitter.end()
  expect(events.map(([text]) => text).join('')).toBe('data: 123456789\n\nd: 1\n\n')
  expect(events.filter(([, whole]) => whole)).toEqual([['d: 1\n\n', true]])
})
