import { expect, test } from 'vitest'
import { estimateTokens } from './estimate.ts'

const request = (content: unknown) => Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] }))
const nothing = { textBytes: 0, sample: Buffer.alloc(0), isStream: false }

test('text is counted by the tokenizer, in request and answer', async () => {
  // o200k: "hello world" is two tokens, "user" one; four are added for the message.
  const answer = Buffer.from(JSON.stringify({ choices: [{ message: { role: 'assistant', content: 'hello world' } }] }))
  expect(await estimateTokens(request('hello world'), { ...nothing, sample: answer })).toMatchObject({ input: 8, output: 2 })
})

test('a stream longer than what was kept of it is counted in proportion', async () => {
  const sample = Buffer.from(`data: ${JSON.stringify({ choices: [{ delta: { content: 'hello world' } }] })}\n\n`)
  // 11 bytes are two tokens, so 1100 bytes are two hundred.
  expect((await estimateTokens(request('x'), { textBytes: 1100, sample, isStream: true })).output).toBe(200)
})

test('without any text to look at, four bytes are a token', async () => {
  expect((await estimateTokens(request('x'), { ...nothing, textBytes: 10 })).output).toBe(3)
})

test('images are not counted as text, and words that steer models are', async () => {
  const image = `data:image/png;base64,${'A'.repeat(100_000)}`
  expect((await estimateTokens(request([{ type: 'image_url', image_url: { url: image } }]), nothing)).input).toBeLessThan(20)
  expect((await estimateTokens(request('<|endoftext|>'), nothing)).input).toBeGreaterThan(4)
})

test('a request that is nested deeper than can be walked through is still estimated', async () => {
  const deep = Buffer.from(`{"messages":${'['.repeat(200_000)}${']'.repeat(200_000)}}`)
  expect((await estimateTokens(deep, nothing)).input).toBeGreaterThan(0)
})
