import { asObject, type Json } from '../json.ts'
import { noTokens, type TokenBuckets } from './buckets.ts'
import { count, isCount, part } from './fields.ts'

/** Input that includes its cached, written and audio parts; output that includes its reasoning, audio and image parts. */
type Totals = {
  input: number
  cacheRead: number
  cacheWrite: number
  audioInput: number
  output: number
  reasoning: number
  audioOutput: number
  image: number
}

/**
 * OpenAI's chat usage and that of all who follow it (Azure, Groq, DeepSeek, Mistral, OpenRouter, Ollama, embeddings). The cached part
 * has five names: `prompt_tokens_details.cached_tokens`, DeepSeek's `prompt_cache_hit_tokens`, Mistral's `num_cached_tokens` and
 * `prompt_token_details`; where several are there the largest is meant, since the others are left at 0.
 */
export function openAiBuckets(raw: Json): TokenBuckets | null {
  if (!isCount(raw.prompt_tokens) && !isCount(raw.completion_tokens)) return responsesShaped(raw) ? responsesBuckets(raw) : null
  const input = asObject(raw.prompt_tokens_details)
  const output = asObject(raw.completion_tokens_details)
  const total = count(raw.prompt_tokens)
  const cached = [input.cached_tokens, raw.prompt_cache_hit_tokens, raw.num_cached_tokens, asObject(raw.prompt_token_details).cached_tokens]
  return split({
    input: total,
    cacheRead: Math.max(...cached.map((value) => part(value, total))),
    cacheWrite: part(input.cache_write_tokens, total),
    audioInput: part(input.audio_tokens, total),
    output: count(raw.completion_tokens),
    reasoning: part(output.reasoning_tokens, count(raw.completion_tokens)),
    audioOutput: part(output.audio_tokens, count(raw.completion_tokens)),
    image: part(output.image_tokens, count(raw.completion_tokens)),
  })
}

/** OpenAI's Responses API; images and transcriptions count in the same words. */
export function responsesBuckets(raw: Json): TokenBuckets | null {
  if (!responsesShaped(raw)) return null
  const input = asObject(raw.input_tokens_details ?? raw.input_token_details)
  const output = asObject(raw.output_tokens_details)
  const inputTotal = count(raw.input_tokens)
  const outputTotal = count(raw.output_tokens)
  return split({
    input: inputTotal,
    cacheRead: part(input.cached_tokens, inputTotal),
    cacheWrite: part(input.cache_write_tokens, inputTotal),
    audioInput: part(input.audio_tokens, inputTotal),
    output: outputTotal,
    reasoning: part(output.reasoning_tokens, outputTotal),
    audioOutput: part(output.audio_tokens, outputTotal),
    image: part(output.image_tokens, outputTotal),
  })
}

function responsesShaped(raw: Json): boolean {
  return isCount(raw.input_tokens) || isCount(raw.output_tokens)
}

/**
 * Gemini behind OpenAI's dialect: `completion_tokens` lacks the thoughts, which are in the total alone, so output is total − input.
 * Where a later version counts the thoughts in, the total leaves nothing over and the detail says what they were.
 */
export function geminiCompatBuckets(raw: Json): TokenBuckets | null {
  const plain = openAiBuckets(raw)
  if (plain === null || !isCount(raw.total_tokens)) return plain
  const missing = count(raw.total_tokens) - count(raw.prompt_tokens) - count(raw.completion_tokens)
  if (!(missing > 0)) return plain
  return { ...plain, output: plain.output + plain.reasoning, reasoning: missing }
}

/** Makes the parts disjoint. Parts that together exceed their whole are cut in the order cached, written, audio; reasoning, audio, image. */
function split(totals: Totals): TokenBuckets | null {
  if (Number.isNaN(totals.input) || Number.isNaN(totals.output)) return null
  const buckets = noTokens()
  let input = totals.input
  input -= buckets.cacheRead = Math.min(totals.cacheRead, input)
  input -= buckets.cacheWrite = Math.min(totals.cacheWrite, input)
  input -= buckets.audioInput = Math.min(totals.audioInput, input)
  let output = totals.output
  output -= buckets.reasoning = Math.min(totals.reasoning, output)
  output -= buckets.audioOutput = Math.min(totals.audioOutput, output)
  output -= buckets.image = Math.min(totals.image, output)
  return { ...buckets, input, output }
}
