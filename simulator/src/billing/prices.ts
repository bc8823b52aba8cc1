import priceFile from '../../prices.json' with { type: 'json' }
import { BUCKETS, type Bucket } from './tokens.ts'

/** One entry of `prices.json`, with prices as integer nano-dollars per million tokens. */
export interface PricedModel {
  provider: string
  model: string
  /** The name the provider writes into its answer (a dated snapshot), often the same. */
  answersAs: string
  kind: 'chat' | 'embedding'
  contextTokens: number
  maxOutputTokens: number
  nanosPerMillion: Record<Bucket, bigint>
  /** Buckets this model reports and bills apart from fresh input. */
  reports: { cacheRead: boolean; cacheWrite: boolean }
}

interface PriceEntry {
  provider: string
  model: string
  answers_as?: string
  context: number
  max_output?: number
  per_million: Partial<Record<Bucket, number>>
}

function nanosOf(dollars: number): bigint {
  return BigInt(Math.round(dollars * 1e9))
}

function readEntry(entry: PriceEntry): PricedModel {
  const { per_million: dollars } = entry
  const input = dollars.input ?? 0
  const output = dollars.output ?? 0
  const fallback: Record<Bucket, number> = { input, cache_read: input, cache_write: input, output, reasoning: output }
  const nanosPerMillion = Object.fromEntries(BUCKETS.map((bucket) => [bucket, nanosOf(dollars[bucket] ?? fallback[bucket])])) as Record<
    Bucket,
    bigint
  >
  return {
    provider: entry.provider,
    model: entry.model,
    answersAs: entry.answers_as ?? entry.model,
    kind: dollars.output === undefined ? 'embedding' : 'chat',
    contextTokens: entry.context,
    maxOutputTokens: entry.max_output ?? 0,
    nanosPerMillion,
    reports: { cacheRead: dollars.cache_read !== undefined, cacheWrite: dollars.cache_write !== undefined },
  }
}

const MODELS = (priceFile as PriceEntry[]).map(readEntry)
const BY_NAME = new Map(MODELS.map((model) => [`${model.provider} ${model.model}`, model]))

/** The priced model of that exact name, or undefined. */
export function findModel(provider: string, model: string): PricedModel | undefined {
  return BY_NAME.get(`${provider} ${model}`)
}

/** All models that a provider advertises, in the order of the price file. */
export function listModels(provider: string): PricedModel[] {
  return MODELS.filter((model) => model.provider === provider)
}

/** The price file as it is on disk: US dollars per million tokens. */
export function priceEntries(): unknown[] {
  return priceFile
}
