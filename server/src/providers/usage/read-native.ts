import { asList, asObject, type Json } from '../json.ts'
import { noTokens, type TokenBuckets } from './buckets.ts'
import { count, isCount, part } from './fields.ts'

/** Gemini's own dialect: input includes the cached part, thoughts are apart from candidates, and tool prompts are apart from the prompt. */
export function geminiBuckets(raw: Json): TokenBuckets | null {
  if (!isCount(raw.promptTokenCount) && !isCount(raw.totalTokenCount)) return null
  const total = count(raw.promptTokenCount) + count(raw.toolUsePromptTokenCount)
  const cacheRead = part(raw.cachedContentTokenCount, total)
  const freshAudio = modality(raw.promptTokensDetails, 'AUDIO') - modality(raw.cacheTokensDetails, 'AUDIO')
  const audioInput = Math.min(Math.max(0, freshAudio), total - cacheRead)
  const candidates = count(raw.candidatesTokenCount)
  const audioOutput = Math.min(modality(raw.candidatesTokensDetails, 'AUDIO'), candidates)
  const image = Math.min(modality(raw.candidatesTokensDetails, 'IMAGE'), candidates - audioOutput)
  const buckets = {
    ...noTokens(),
    input: total - cacheRead - audioInput,
    cacheRead,
    audioInput,
    output: candidates - audioOutput - image,
    reasoning: count(raw.thoughtsTokenCount),
    audioOutput,
    image,
  }
  return Object.values(buckets).some(Number.isNaN) ? null : buckets
}

function modality(details: unknown, name: string): number {
  const entries = asList(details)
    .map(asObject)
    .filter((entry) => entry.modality === name)
  return entries.reduce((sum, entry) => sum + part(entry.tokenCount, Number.MAX_SAFE_INTEGER), 0)
}

/**
 * Cohere bills by `billed_units`, which are neither the processed tokens nor reduced by the cached ones (three independent numbers);
 * processed tokens stand in only where no billed ones are given.
 */
export function cohereBuckets(raw: Json): TokenBuckets | null {
  const billed = asObject(raw.billed_units)
  const tokens = asObject(raw.tokens)
  const isBilled = ['input_tokens', 'output_tokens', 'image_tokens'].some((name) => isCount(billed[name]))
  const source = isBilled ? billed : tokens
  if (!isBilled && !isCount(tokens.input_tokens) && !isCount(tokens.output_tokens)) return null
  const buckets = { ...noTokens(), input: count(source.input_tokens) + count(source.image_tokens), output: count(source.output_tokens) }
  return Object.values(buckets).some(Number.isNaN) ? null : buckets
}

/** Ollama's own dialect; a count that is 0 (a prompt that was cached whole) is left out of its answers. */
export function ollamaBuckets(raw: Json): TokenBuckets | null {
  if (!isCount(raw.prompt_eval_count) && !isCount(raw.eval_count)) return null
  const buckets = { ...noTokens(), input: count(raw.prompt_eval_count), output: count(raw.eval_count) }
  return Object.values(buckets).some(Number.isNaN) ? null : buckets
}
