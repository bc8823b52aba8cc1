import { createRequire } from 'node:module'
import type * as GenaiPrices from '@pydantic/genai-prices'
import type { ConditionalPrice, MatchLogic, ModelInfo, ModelPrice } from '@pydantic/genai-prices'
import { modelLimits, type ModelLimits } from '../../providers/model-limits.ts'
import type { ProviderName } from '../../providers/provider.ts'
import { nanosOfDecimal } from '../../providers/usage/decimal.ts'
import type { BucketPrices, Price } from './prices.rate.ts'

/**
 * A price of the built-in catalogue. `exact` is false where the catalogue matched the name by likeness only (`claude-sonnet-5-5` by
 * `claude-sonnet-5`): such a price is a guess about another model and must be treated as unknown unless somebody decides otherwise.
 */
export type CataloguePrice = { price: Price; source: string; modelId: string; exact: boolean }

type Variant = { applies: (at: Date) => boolean; price: Price | null }
type Entry = { model: ModelInfo; exact: boolean; variants: Variant[] }

/** Stored with each event; the version is that of the pinned package. */
const SOURCE = '@pydantic/genai-prices 0.1.8'
/** The catalogue's names of our buckets; its input includes none of the others in what is charged, as ours. */
const BUCKETS: ReadonlyArray<readonly [keyof BucketPrices, string]> = [
  ['input', 'input_mtok'],
  ['cacheRead', 'cache_read_mtok'],
  ['cacheWrite', 'cache_write_mtok'],
  ['cacheWriteLong', 'cache_write_1h_mtok'],
  ['output', 'output_mtok'],
  ['reasoning', 'output_reasoning_mtok'],
  ['audioInput', 'input_audio_mtok'],
  ['audioOutput', 'output_audio_mtok'],
  ['image', 'output_image_mtok'],
]
/**
 * Names that the catalogue leads to a model they no longer mean, or to the wrong one of two, and what they mean now (found by holding it
 * against models.dev; 114 other prices agree).
 */
const MOVED: Readonly<Partial<Record<ProviderName, Readonly<Record<string, string>>>>> = {
  deepseek: { 'deepseek-chat': 'deepseek-v4-flash', 'deepseek-reasoner': 'deepseek-v4-flash' },
  groq: { 'openai/gpt-oss-safeguard-20b': 'openai/gpt-oss-20b' },
  mistral: { 'mistral-large-latest': 'mistral-large-2512', 'mistral-small-latest': 'mistral-small-2603' },
}
/** Endings that change the date or revision of a model and not the model: dates, `-001`, `-latest`. */
const DATED =
  /(?:[-@]20\d{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])|-(?:0[1-9]|1[0-2])-20\d{2}|-preview-(?:0[1-9]|1[0-2])-(?:\d{2}|20\d{2})|-\d{4}|-00\d|-latest)$/
const FREE: Price = {
  perMillionNanos: {
    input: 0,
    cacheRead: 0,
    cacheWrite: 0,
    cacheWriteLong: 0,
    output: 0,
    reasoning: 0,
    audioInput: 0,
    audioOutput: 0,
    image: 0,
  },
}

const MAX_CACHED = 5_000
const cache = new Map<string, Entry | null>()

/**
 * The catalogue's price of a model at an instant, or null: the model is not in it, or is not priced by tokens. Ollama costs nothing.
 * Cheap after the first time: the data is read on the first call, and each name is looked up once.
 *
 * @param model its name at the provider; for Azure the real model, not the deployment
 */
export function cataloguePrice(provider: ProviderName, model: string, at: Date): CataloguePrice | null {
  if (provider === 'ollama') return { price: FREE, source: 'ollama', modelId: model, exact: true }
  const entry = entryOf(provider, model)
  // The last condition that holds decides, and what has no condition holds always; so does the first where nothing does.
  const price = (entry?.variants.findLast((variant) => variant.applies(at)) ?? entry?.variants[0])?.price ?? null
  return entry === null || price === null ? null : { price, source: SOURCE, modelId: entry.model.id, exact: entry.exact }
}

/** Context window and longest answer of a model; null where neither is known. Of two sources the larger context counts, since it is a bound. */
export function contextLimit(provider: ProviderName, model: string): ModelLimits | null {
  const entry = entryOf(provider, model)
  const limits = modelLimits(provider, model)
  const catalogued = entry?.exact === true ? entry.model.context_window : undefined
  if (catalogued === undefined) return limits
  return { ...limits, context: Math.max(catalogued, limits?.context ?? 0) }
}

function entryOf(provider: ProviderName, model: string): Entry | null {
  const key = `${provider} ${model}`
  const known = cache.get(key)
  if (known !== undefined) return known
  if (cache.size >= MAX_CACHED) cache.clear()
  const entry = lookUp(provider, model)
  cache.set(key, entry)
  return entry
}

/** Only needed by processes that price something, and then once: the data is large. */
let catalogue: typeof GenaiPrices | undefined
function load(): typeof GenaiPrices {
  catalogue ??= createRequire(import.meta.url)('@pydantic/genai-prices') as typeof GenaiPrices
  return catalogue
}

function lookUp(provider: ProviderName, model: string): Entry | null {
  const name = model
    .toLowerCase()
    .trim()
    .replace(/^models\//, '')
  const wanted = MOVED[provider]?.[name] ?? name
  if (wanted === '' || provider === 'ollama') return null
  const found = match(provider, wanted)
  if (found === null) return null
  const conditional: ConditionalPrice[] = Array.isArray(found.prices) ? found.prices : [{ prices: found.prices }]
  return {
    model: found,
    exact: isExact(wanted, found),
    variants: conditional.map((each) => ({ applies: condition(each), price: priceOf(each.prices) })),
  }
}

/** The catalogue's own matching, which also looks into the makers' lists for Azure. It throws at data it cannot price. */
function match(provider: ProviderName, model: string): ModelInfo | null {
  try {
    return load().calcPrice({}, model, { providerId: provider })?.model ?? null
  } catch {
    return null
  }
}

/** Whether the catalogue names this very model: by its id or in so many words, up to a date. */
function isExact(wanted: string, found: ModelInfo): boolean {
  const names = [found.id.toLowerCase(), ...namesIn(found.match)]
  if (names.includes(wanted)) return true
  const plain = withoutDate(wanted)
  return names.some((name) => withoutDate(name) === plain)
}

function namesIn(logic: MatchLogic): string[] {
  if ('or' in logic) return logic.or.flatMap(namesIn)
  if ('equals' in logic) return [logic.equals.toLowerCase()]
  return []
}

function withoutDate(name: string): string {
  // A fine-tuned model is priced by its base: `ft:gpt-4o-mini-2024-07-18:org:name:id`.
  const base = name.startsWith('ft:') ? name.split(':').slice(0, 2).join(':') : name
  return base.replace(DATED, '')
}

function condition({ constraint }: ConditionalPrice): (at: Date) => boolean {
  if (constraint === undefined) return () => true
  if (constraint.type === 'start_date') {
    const startMs = Date.parse(constraint.start_date)
    return (at) => at.getTime() >= startMs
  }
  const start = msOfDay(constraint.start_time)
  const end = msOfDay(constraint.end_time)
  return (at) => {
    const now = at.getTime() % 86_400_000
    return end < start ? now >= start || now < end : now >= start && now < end
  }
}

/** `01:00:00Z` as milliseconds after midnight UTC; offsets other than Z do not occur in the pinned data. */
function msOfDay(time: string): number {
  return Date.parse(`1970-01-01T${time}`) % 86_400_000
}

/** Null where the model has no price by tokens (by page, by hour). */
function priceOf(prices: ModelPrice): Price | null {
  const base: BucketPrices = {}
  const tiers = new Map<number, BucketPrices>()
  for (const [bucket, name] of BUCKETS) {
    const value = prices[name]
    if (value === undefined) continue
    const nanos = nanosOf(typeof value === 'number' ? value : value.base)
    if (nanos === null) return null
    base[bucket] = nanos
    // The catalogue's tier begins above `start`.
    for (const tier of typeof value === 'number' ? [] : value.tiers)
      tiers.set(tier.start + 1, { ...tiers.get(tier.start + 1), [bucket]: nanosOf(tier.price) ?? nanos })
  }
  if (base.input === undefined && base.output === undefined) return null
  if (tiers.size === 0) return { perMillionNanos: base }
  const sorted = [...tiers].sort(([a], [b]) => a - b)
  return { perMillionNanos: base, tiers: sorted.map(([startTokens, perMillionNanos]) => ({ startTokens, perMillionNanos })) }
}

function nanosOf(usd: number): number | null {
  const nanos = nanosOfDecimal(usd)
  return nanos === null || nanos > BigInt(Number.MAX_SAFE_INTEGER) ? null : Number(nanos)
}
