/** What a request asks the simulator to do besides answering. Times in ms, counts in tokens or chunks. */
export interface Directives {
  status?: number
  error?: string
  latencyMs: number
  chunkMs: number
  words: number
  cached: number
  cacheWrite: number
  reasoning: number
  usageExcess: number
  noUsage: boolean
  usageWithChoices: boolean
  noDone: boolean
  errorIn200: boolean
  hang: boolean
  cutAfter?: number
  errorAfter?: number
  hangAfter?: number
  /** Bytes per write; 0 leaves the frames whole. */
  bytewise: number
  retryAfterS?: number
}

/** Words of an answer when nothing says otherwise: with them an OpenAI answer is about 0.6 KB. */
const DEFAULT_WORDS = 16

/** What holds when a request says nothing. */
export function plainDirectives(defaults: { latencyMs?: number; chunkMs?: number } = {}): Directives {
  return {
    latencyMs: defaults.latencyMs ?? 0,
    chunkMs: defaults.chunkMs ?? 0,
    words: DEFAULT_WORDS,
    cached: 0,
    cacheWrite: 0,
    reasoning: 0,
    usageExcess: 0,
    noUsage: false,
    usageWithChoices: false,
    noDone: false,
    errorIn200: false,
    hang: false,
    bytewise: 0,
  }
}

const APPLY: Record<string, (target: Directives, value: string) => void> = {
  status: (target, value) => void (target.status = count(value)),
  error: (target, value) => void (target.error = value),
  latency_ms: (target, value) => void (target.latencyMs = count(value)),
  chunk_ms: (target, value) => void (target.chunkMs = count(value)),
  words: (target, value) => void (target.words = count(value)),
  cached: (target, value) => void (target.cached = count(value)),
  cache_write: (target, value) => void (target.cacheWrite = count(value)),
  reasoning: (target, value) => void (target.reasoning = count(value)),
  usage_excess: (target, value) => void (target.usageExcess = count(value)),
  no_usage: (target) => void (target.noUsage = true),
  usage_with_choices: (target) => void (target.usageWithChoices = true),
  no_done: (target) => void (target.noDone = true),
  error_in_200: (target) => void (target.errorIn200 = true),
  hang: (target) => void (target.hang = true),
  cut_after: (target, value) => void (target.cutAfter = count(value)),
  error_after: (target, value) => void (target.errorAfter = count(value)),
  hang_after: (target, value) => void (target.hangAfter = count(value)),
  bytewise: (target, value) => void (target.bytewise = value === '' ? 1 : Math.max(1, count(value))),
  retry_after: (target, value) => void (target.retryAfterS = count(value)),
}

function count(value: string): number {
  const number = Number(value)
  return Number.isFinite(number) && number >= 0 ? number : 0
}

function applyAll(target: Directives, text: string): void {
  for (const item of text.split(/[\s,;]+/)) {
    if (item === '') continue
    const [name = '', value = ''] = item.split('=', 2)
    APPLY[name]?.(target, value)
  }
}

/**
 * Directives of one request: from the header `x-simulate` and from every `[[…]]` of the last user text,
 * as `name=value` or `name`, separated by blanks, commas or semicolons. The text wins; unknown names are ignored.
 * `defaults` is returned itself when the request says nothing.
 */
export function readDirectives(defaults: Directives, header: string | undefined, text: string): Directives {
  const marked = text.includes('[[')
  if (!marked && header === undefined) return defaults
  const target = { ...defaults }
  if (header !== undefined) applyAll(target, header)
  if (marked) for (const [, inner = ''] of text.matchAll(/\[\[([^\]]*)\]\]/g)) applyAll(target, inner)
  return target
}
