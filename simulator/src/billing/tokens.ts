import { arrayOf, objectOf, stringOf, type Json } from '../json.ts'
import type { PricedModel } from './prices.ts'

/** Disjoint token counts: nothing is in two buckets, the whole prompt is input + cache_read + cache_write. */
export const BUCKETS = ['input', 'cache_read', 'cache_write', 'output', 'reasoning'] as const
export type Bucket = (typeof BUCKETS)[number]
export type Tokens = Record<Bucket, number>

/** No tokens at all: what a refused request is billed. */
export function noTokens(): Tokens {
  return { input: 0, cache_read: 0, cache_write: 0, output: 0, reasoning: 0 }
}

/** The whole prompt, cached or not. */
export function promptTokens(tokens: Tokens): number {
  return tokens.input + tokens.cache_read + tokens.cache_write
}

/** Price of a request in nano-dollars: sum of tokens × price / 10^6, rounded half up once. */
export function costNanosOf(tokens: Tokens, model: PricedModel): number {
  let millionths = 0n
  for (const bucket of BUCKETS) millionths += BigInt(tokens[bucket]) * model.nanosPerMillion[bucket]
  return Number((millionths * 2n + 1_000_000n) / 2_000_000n)
}

/** What the counting rule needs to know of a prompt. */
export interface Prompt {
  inputTokens: number
  lastUserText: string
}

/** Text of a message's content: a string, or parts with `text` (also nested ones, as in tool results). */
export function textOfContent(content: Json | undefined): string {
  const plain = stringOf(content)
  if (plain !== undefined) return plain
  let text = ''
  for (const part of arrayOf(content)) {
    const fields = objectOf(part)
    if (fields) text += stringOf(fields['text']) ?? textOfContent(fields['content'])
  }
  return text
}

/**
 * The counting rule: ceil(UTF-8 bytes of all message text / 4) + 3 per message.
 * `contents` pairs each message's role with its content.
 */
export function countPrompt(contents: { role: string; text: string }[]): Prompt {
  let bytes = 0
  let lastUserText = ''
  for (const { role, text } of contents) {
    bytes += Buffer.byteLength(text)
    if (role === 'user') lastUserText = text
  }
  return { inputTokens: Math.ceil(bytes / 4) + 3 * contents.length, lastUserText }
}

/** Reads OpenAI-like `messages` by the counting rule. */
export function countMessages(messages: Json | undefined): Prompt {
  return countPrompt(
    arrayOf(messages).map((message) => {
      const fields = objectOf(message)
      return { role: stringOf(fields?.['role']) ?? '', text: textOfContent(fields?.['content']) }
    }),
  )
}
