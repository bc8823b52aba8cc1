const MASK = '[secret]'
/** Known values shorter than this are left alone: taking every `abc` out of a text would say more than it hides. */
const SHORTEST_KNOWN = 6
const SHORTEST_BASE64 = 8

const SECRET_HEADERS = new Set([
  'authorization',
  'proxy-authorization',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'ocp-apim-subscription-key',
  'cookie',
  'set-cookie',
  'x-csrf-token',
])

const HEADER_NAME = `(?<![\\w-])(?:${[...SECRET_HEADERS].join('|')})`
const SECRET_NAME =
  '(?:api|access|secret|private|subscription)[-_]?keys?|(?:access|refresh|id|auth|session|csrf)[-_]?token|client[-_]?secret|secret|password|passwd'
const FIELD_NAME = `(?<![\\w-])(?:${SECRET_NAME})`
const QUERY_NAME = `key|token|code|sig|signature|${SECRET_NAME}`

/**
 * Each pattern and what takes its place. Specific before general. Lengths are bounded so that hostile text costs no more than linear time.
 * Key shapes as published by the providers or by secret scanners; Mistral, Cohere, Azure and Ollama keys have no prefix and are found by place or known value.
 */
const PATTERNS: readonly (readonly [RegExp, string | ((found: string, rest: string | undefined) => string)])[] = [
  // Ours, Anthropic, OpenRouter, OpenAI: specific enough to need no boundary before them.
  [/lm_(?:live|test)_[A-Za-z0-9_-]{8,}/g, MASK],
  [/sk-(?:ant|or|proj|svcacct|service|admin)-[A-Za-z0-9_-]{16,}/g, MASK],
  [/sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}/g, MASK],
  [/gsk_[A-Za-z0-9]{40,}/g, MASK],
  [/AIza[0-9A-Za-z_-]{35}/g, MASK],
  [/ya29\.[A-Za-z0-9_-]{20,}/g, MASK],
  [/(?<![A-Za-z0-9])AQ\.[A-Za-z0-9_.-]{20,}/g, MASK],
  // Anything else that starts as keys do.
  [/(?<![A-Za-z0-9])sk-[A-Za-z0-9_-]{20,}/g, MASK],
  // Fernet tokens, JSON web tokens (signed, unsigned, encrypted).
  [/(?<![A-Za-z0-9])gAAAAA[A-Za-z0-9_-]{60,}={0,2}/g, MASK],
  // The whole run is taken before it is looked whether a dot follows: what is passed over is not looked at again.
  [/(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{8,}((?:\.[A-Za-z0-9_-]*){1,4})?/g, (found, rest) => (rest === undefined ? found : MASK)],
  // Keys half masked by a provider that echoes them: `sk-proj-****abcd`, `sk-...abcd`, `****abcd`. Our own hints (`sk-…abcd`) stay.
  [/(?<![A-Za-z0-9])(?:sk|gsk|lm)[-_][A-Za-z0-9_-]{0,40}(?:\*{3,200}|\.{3})[A-Za-z0-9_-]{2,20}/g, MASK],
  [/(?<!\*)\*{4,200}[A-Za-z0-9_-]{2,8}(?![A-Za-z0-9_*-])/g, MASK],
  // By place: user info and query of addresses, headers (raw, JSON, printed objects), fields (JSON, JSON in JSON, printed objects, forms).
  [/(:\/\/)[^/\s"'<>@]{1,500}@/g, `$1${MASK}@`],
  [new RegExp(`([?&](?:${QUERY_NAME})=)[^&;#\\s"'<>]+`, 'gi'), `$1${MASK}`],
  [new RegExp(`(${HEADER_NAME}["']?:\\s{0,9})\\[\\s{0,9}["'][^\\]]*\\]?`, 'gi'), `$1["${MASK}"]`],
  [new RegExp(`(${HEADER_NAME}(?:["']\\s{0,9}[:,]\\s{0,9}["']|:[ \\t]{0,9}["']?))[^"'\\r\\n]+`, 'gi'), `$1${MASK}`],
  [new RegExp(`(${FIELD_NAME}(?:\\\\?["'])?\\s{0,9}:\\s{0,9})("(?:[^"\\\\]|\\\\.)*"?|'(?:[^'\\\\]|\\\\.)*'?)`, 'gi'), `$1"${MASK}"`],
  [new RegExp(`(${FIELD_NAME}\\\\"\\s{0,9}:\\s{0,9}\\\\")[^"\\\\]+`, 'gi'), `$1${MASK}`],
  [new RegExp(`(${FIELD_NAME}=)[^&;#\\s"'<>]+`, 'gi'), `$1${MASK}`],
  [/\b(bearer\s{1,9})(?=\S{0,23}\d|\S{24})[A-Za-z0-9._~+/-]{8,}=*/gi, `$1${MASK}`],
]

/**
 * The text without key-looking material: the second net behind `Secret`, for logs and for what providers say in errors.
 * It may take out too much, never knowingly too little.
 * @param known texts that must not appear (the opened keys of the request at hand): also removed URL-encoded, in JSON, in hex and in base64
 */
export function redact(text: string, known: readonly string[] = []): string {
  let redacted = text
  for (const form of known.flatMap(formsOf).sort((a, b) => b.length - a.length)) redacted = redacted.replaceAll(form, MASK)
  for (const [pattern, replacement] of PATTERNS)
    redacted = typeof replacement === 'string' ? redacted.replace(pattern, replacement) : redacted.replace(pattern, replacement)
  return redacted
}

type HeaderValue = string | readonly string[] | number | undefined

/** Headers for a log: those that carry credentials are masked, the others redacted; names stay. */
export function redactHeaders(
  headers: Readonly<Record<string, HeaderValue>>,
  known: readonly string[] = [],
): Record<string, string | string[]> {
  const redacted: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue
    if (SECRET_HEADERS.has(name.toLowerCase())) redacted[name] = MASK
    else redacted[name] = typeof value === 'object' ? value.map((each) => redact(each, known)) : redact(String(value), known)
  }
  return redacted
}

/** How a value may be written elsewhere. In base64 it can start at three offsets; what does not depend on the neighbours is looked for. */
function formsOf(value: string): string[] {
  if (value.length < SHORTEST_KNOWN) return []
  const bytes = Buffer.from(value, 'utf8')
  const forms = [
    value,
    encodeUri(value),
    new URLSearchParams([['', value]]).toString().slice(1),
    JSON.stringify(value).slice(1, -1),
    bytes.toString('hex'),
  ]
  forms.push(bytes.toString('base64'), bytes.toString('base64url'))
  for (const offset of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    const first = [0, 2, 3][offset] ?? 0
    const whole = Math.floor(((offset + bytes.length) * 8) / 6)
    const core = encoded.slice(first, whole)
    if (core.length >= SHORTEST_BASE64) forms.push(core, core.replaceAll('+', '-').replaceAll('/', '_'))
  }
  return [...new Set(forms)]
}

function encodeUri(value: string): string {
  return encodeURIComponent(value.toWellFormed())
}
