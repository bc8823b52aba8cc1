import { asObject, type Json } from '../json.ts'
import type { Dialect, ProviderName } from '../provider.ts'
import type { Usage } from './buckets.ts'
import { nanosOfDecimal } from './decimal.ts'
import { part } from './fields.ts'
import { anthropicBuckets } from './read-anthropic.ts'
import { cohereBuckets, geminiBuckets, ollamaBuckets } from './read-native.ts'
import { geminiCompatBuckets, openAiBuckets, responsesBuckets } from './read-openai.ts'

/** More than any one call makes. */
const webSearchesMax = 10_000

/**
 * The usage that an answer reports (a whole answer, or the stream frame that carries it), in disjoint buckets.
 * Null when there is none, or when what is there are not counts: then the caller estimates and says so.
 */
export function readUsage(provider: ProviderName, dialect: Dialect, answer: unknown): Usage | null {
  const whole = asObject(answer)
  const raw = rawUsage(dialect, whole)
  if (raw === null) return null
  const buckets = bucketsOf(provider, dialect, raw)
  if (buckets === null) return null
  const costNanos = provider === 'openrouter' ? chargedNanos(raw) : null
  const webSearches = provider === 'anthropic' ? part(asObject(raw.server_tool_use).web_search_requests, webSearchesMax) : 0
  return { buckets, raw, costNanos, model: modelOf(whole), serviceTier: tierOf(whole, raw), webSearches }
}

function rawUsage(dialect: Dialect, whole: Json): Json | null {
  const candidates: Record<Dialect, unknown[]> = {
    'openai-chat': [whole.usage, asObject(whole.x_groq).usage, asObject(whole.meta).billed_units !== undefined ? whole.meta : undefined],
    'openai-responses': [asObject(whole.response).usage, whole.usage],
    'anthropic-messages': [whole.usage, asObject(whole.message).usage],
    gemini: [whole.usageMetadata],
    cohere: [whole.usage, asObject(whole.delta).usage, whole.meta],
    ollama: [whole.done === true ? whole : undefined],
  }
  const found = candidates[dialect].find((value) => typeof value === 'object' && value !== null)
  return found === undefined ? null : dialect === 'ollama' ? ollamaCounts(asObject(found)) : asObject(found)
}

/** Ollama puts its counts beside the answer itself, which does not belong into a record of usage. */
function ollamaCounts(whole: Json): Json {
  return Object.fromEntries(Object.entries(whole).filter(([name]) => /_(?:count|duration)$/.test(name)))
}

function bucketsOf(provider: ProviderName, dialect: Dialect, raw: Json): Usage['buckets'] | null {
  switch (dialect) {
    case 'openai-chat':
      if (provider === 'google') return geminiCompatBuckets(raw)
      return provider === 'cohere' && raw.billed_units !== undefined ? cohereBuckets(raw) : openAiBuckets(raw)
    case 'openai-responses':
      return responsesBuckets(raw)
    case 'anthropic-messages':
      return anthropicBuckets(raw)
    case 'gemini':
      return geminiBuckets(raw)
    case 'cohere':
      return cohereBuckets(raw)
    case 'ollama':
      return ollamaBuckets(raw)
  }
}

/**
 * What OpenRouter charged the account. With a key of one's own at the upstream (`is_byok`) `cost` is only its fee, and the upstream's
 * part is beside it: what the call cost is both together.
 */
function chargedNanos(raw: Json): bigint | null {
  const charged = nanosOfDecimal(raw.cost)
  if (charged === null || raw.is_byok !== true) return charged
  return charged + (nanosOfDecimal(asObject(raw.cost_details).upstream_inference_cost) ?? 0n)
}

/** OpenAI and Groq say it beside the usage, Anthropic within. */
function tierOf(whole: Json, raw: Json): string | null {
  const named = [whole.service_tier, asObject(whole.response).service_tier, raw.service_tier].find((value) => typeof value === 'string')
  return typeof named === 'string' ? named : null
}

function modelOf(whole: Json): string | null {
  const named = [whole.model, asObject(whole.response).model, asObject(whole.message).model, whole.modelVersion]
  const model = named.find((value) => typeof value === 'string' && value !== '')
  return typeof model === 'string' ? model : null
}
