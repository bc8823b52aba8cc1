import type { Json } from '../json.ts'

/** Where a top-level member of the body stands, in bytes. Commas are the offsets of the neighbouring ones, -1 where there is none. */
export type Member = { key: number; start: number; end: number; commaBefore: number; commaAfter: number }

/** Members that a patch may touch. */
export const patchedFields = ['model', 'stream_options', 'max_tokens', 'max_completion_tokens', 'max_output_tokens'] as const
export type PatchedField = (typeof patchedFields)[number]

/** What the gateway must know of a request before it may be sent. */
export type RequestFacts = {
  model: string | null
  stream: boolean
  /** The client's own output caps; null where it set none. */
  maxTokens: number | null
  maxCompletionTokens: number | null
  maxOutputTokens: number | null
  /** Answers asked for: the larger of `n` and `best_of`, 1 where neither is said. */
  n: number
  streamOptions: Json | null
  /** The client asks for usage in the stream itself. */
  includeUsage: boolean
  serviceTier: string | null
  /** The first field that asks for a way of serving with another price (Anthropic's `speed` and `inference_geo`), or null. */
  pricedApart: 'speed' | 'inference_geo' | null
  /** Other models may answer in its place (OpenRouter's `models`), at other prices. */
  fallbackModels: boolean
  tools: boolean
  /** Tools that the provider runs itself (web search, code, MCP, plugins): they bring in tokens that the body does not show. */
  serverTools: boolean
  /** Input that the body does not spell out as text: images, audio, files, ids of earlier answers. */
  inputByReference: boolean
  /** The first top-level field that cannot be what it must be, or null. Such a request must be refused, not sent on. */
  wrongField: string | null
  members: Partial<Record<PatchedField, Member>>
  /** The offset after the opening brace, where members can be put in. */
  open: number
  isEmpty: boolean
}

/** Fields whose values are read. Each must appear once, in this very spelling; so must those of `heldKeys`. */
export const valueKeys: ReadonlySet<string> = new Set([
  ...patchedFields,
  'stream',
  'n',
  'best_of',
  'service_tier',
  'speed',
  'inference_geo',
])

/** Top-level fields that stand for input or tools kept elsewhere, when they hold anything. */
const REFERENCES = ['previous_response_id', 'conversation', 'container', 'cachedContent', 'cached_content'] as const
const SERVER_TOOLS = ['plugins', 'web_search_options', 'mcp_servers'] as const

/** Fields of which only matters whether they hold anything. */
export const heldKeys: ReadonlySet<string> = new Set(['models', 'tools', 'functions', 'prompt', ...REFERENCES, ...SERVER_TOOLS])
export type Held = 'nothing' | 'object' | 'other'

/** What a walk over the body found: the values of `valueKeys`, parsed, and what its depths hold. */
export type Findings = Pick<RequestFacts, 'members' | 'open' | 'isEmpty'> & {
  values: Map<string, unknown>
  held: Map<string, Held>
  oddKey: string | null
  serverTool: boolean
  reference: boolean
}

type Wrong = { field: string | null }

/** The facts of what was found. A missing value, null and an empty one say the same. */
export function factsOf(found: Findings): RequestFacts {
  const wrong: Wrong = { field: found.oddKey }
  const value = (name: string): unknown => found.values.get(name)
  const holds = (name: string): boolean => (found.held.get(name) ?? 'nothing') !== 'nothing'
  const streamOptions = objectOf(value('stream_options'), 'stream_options', wrong)
  const model = value('model')
  if (typeof model !== 'string' && isThere(model)) wrong.field ??= 'model'
  const stream = value('stream')
  if (typeof stream !== 'boolean' && isThere(stream)) wrong.field ??= 'stream'
  return {
    model: typeof model === 'string' && model !== '' ? model : null,
    stream: stream === true,
    maxTokens: integerOf(value('max_tokens'), 0, 'max_tokens', wrong),
    maxCompletionTokens: integerOf(value('max_completion_tokens'), 0, 'max_completion_tokens', wrong),
    maxOutputTokens: integerOf(value('max_output_tokens'), 0, 'max_output_tokens', wrong),
    n: Math.max(integerOf(value('n'), 1, 'n', wrong) ?? 1, integerOf(value('best_of'), 1, 'best_of', wrong) ?? 1),
    streamOptions,
    includeUsage: streamOptions?.include_usage === true,
    serviceTier: typeof value('service_tier') === 'string' ? String(value('service_tier')) : null,
    pricedApart: isUsual(value('speed'), 'standard') ? (isUsual(value('inference_geo'), 'global') ? null : 'inference_geo') : 'speed',
    fallbackModels: holds('models'),
    tools: holds('tools') || holds('functions'),
    serverTools: found.serverTool || SERVER_TOOLS.some(holds),
    // A prompt that is an object names a template kept at the provider; texts and token lists are the input itself.
    inputByReference: found.reference || REFERENCES.some(holds) || found.held.get('prompt') === 'object',
    wrongField: wrong.field,
    members: found.members,
    open: found.open,
    isEmpty: found.isEmpty,
  }
}

/** The client's own output cap: of several, the largest, since which one the provider obeys is not ours to say. */
export function outputCapOf(facts: RequestFacts): number | null {
  const caps = [facts.maxTokens, facts.maxCompletionTokens, facts.maxOutputTokens].filter((cap) => cap !== null)
  return caps.length === 0 ? null : Math.max(...caps)
}

function isUsual(value: unknown, usual: string): boolean {
  return !isThere(value) || value === usual
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null
}

function objectOf(value: unknown, field: string, wrong: Wrong): Json | null {
  if (!isThere(value)) return null
  if (typeof value === 'object' && !Array.isArray(value)) return value as Json
  wrong.field ??= field
  return null
}

function integerOf(value: unknown, least: number, field: string, wrong: Wrong): number | null {
  if (!isThere(value)) return null
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value
  wrong.field ??= field
  return null
}
