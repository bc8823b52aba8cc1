import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createEndWatch } from './stream-end.ts'

const ends = {
  'openai-chat': 'data: {"choices":[{"delta":{"content":"é 東京"}}]}\n\ndata: [DONE]\n\n',
  'anthropic-messages':
    'event: message_delta\ndata: {"type":"message_delta"}\n\nevent: message_stop\ndata: {"type":"message_stop"         }\n\n',
} as const

test('the mark of the end is seen however the network cuts a stream, and before the last byte', () => {
  for (const [dialect, text] of Object.entries(ends)) {
    const bytes = Buffer.from(text)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 200 }), (sizes) => {
        const mayEnd = createEndWatch(dialect as keyof typeof ends)
        const seen: number[] = []
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = sizes[turn % sizes.length]!
          if (mayEnd(bytes.subarray(at, at + size))) seen.push(at)
          at += size
        }
        expect(seen.length).toBeGreaterThan(0)
        // Everything before the chunk in which the mark is complete may already be with the client; the mark itself is not.
        expect(bytes.subarray(0, seen[0]).toString()).not.toMatch(/\[DONE\]|message_stop/)
      }),
    )
  }
})

test('a dialect without a mark has none', () => {
  expect(createEndWatch('gemini')(Buffer.from('data: [DONE]\n\n'))).toBe(false)
})
