import { asList, asObject, parseJson } from '../../providers/json.ts'
import { noTokens, type TokenBuckets } from '../../providers/usage/buckets.ts'

/** How much text is counted; longer text is counted in proportion, so that no estimate holds up other calls for long. */
const sampleChars = 64 * 1024
/** Text is counted in pieces, cut at a space where there is one: the time for a word grows with the square of its length. */
const pieceChars = 256
/** What chat templates put around each message, about. */
const tokensPerMessage = 4
/** Without any text to count, a token is about this many bytes. */
const bytesPerToken = 4

/** Keys that stand for text of an answer, in every dialect. */
const answerKeys: ReadonlySet<string> = new Set([
  'content',
  'text',
  'reasoning',
  'reasoning_content',
  'thinking',
  'arguments',
  'partial_json',
  'refusal',
])
const requestFields = ['messages', 'system', 'prompt', 'input', 'tools', 'functions'] as const
/** A string this long without a space is an image or a file, not text. */
const opaqueChars = 2048

/** What was received of an answer. `textBytes`: all of its text; `sample`: the beginning of it as it came, to see how dense it is. */
export type Received = { textBytes: number; sample: Buffer; isStream: boolean }

/** Tokens of a call that its provider did not report, counted from the text of request and answer. */
export async function estimateTokens(requestBody: Buffer, received: Received): Promise<TokenBuckets> {
  try {
    const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base')
    // Words that steer a model are text like any other here.
    const count = (text: string): number =>
      piecesOf(text).reduce((sum, piece) => sum + countTokens(piece, { disallowedSpecial: new Set() }), 0)
    const countText = (text: string): number =>
      text.length <= sampleChars ? count(text) : Math.ceil((count(text.slice(0, sampleChars)) * text.length) / sampleChars)
    return { ...noTokens(), input: inputOf(requestBody, countText), output: outputOf(received, countText) }
  } catch {
    // Nested too deep to be walked through: the bytes still say about how much it is.
    return { ...noTokens(), input: Math.ceil(requestBody.length / bytesPerToken), output: Math.ceil(received.textBytes / bytesPerToken) }
  }
}

function piecesOf(text: string): string[] {
  const pieces: string[] = []
  for (let from = 0; from < text.length;) {
    const end = from + pieceChars
    const space = end < text.length ? text.lastIndexOf(' ', end) : -1
    const to = space > from ? space : end
    pieces.push(text.slice(from, to))
    from = to
  }
  return pieces
}

function inputOf(body: Buffer, countText: (text: string) => number): number {
  const request = asObject(parseJson(body.toString('utf8')))
  const texts: string[] = []
  for (const field of requestFields) collect(request[field], null, texts)
  return countText(texts.join('\n')) + asList(request.messages).length * tokensPerMessage
}

function outputOf({ textBytes, sample, isStream }: Received, countText: (text: string) => number): number {
  const texts: string[] = []
  if (isStream)
    for (const line of sample.toString('utf8').split(/\r\n|\n|\r/)) collect(parseJson(line.replace(/^data: ?/, '')), answerKeys, texts)
  else collect(parseJson(sample.toString('utf8')), answerKeys, texts)
  const text = texts.join('')
  const bytes = Buffer.byteLength(text)
  if (bytes === 0) return Math.ceil(textBytes / bytesPerToken)
  return Math.ceil((countText(text) * Math.max(textBytes, bytes)) / bytes)
}

/** Strings inside a value, those under certain keys alone where some are given. */
function collect(value: unknown, keys: ReadonlySet<string> | null, into: string[], isWanted = keys === null): void {
  if (typeof value === 'string') {
    if (isWanted && !(value.length > opaqueChars && !value.slice(0, opaqueChars).includes(' '))) into.push(value)
  } else if (Array.isArray(value)) {
    for (const item of value) collect(item, keys, into, isWanted)
  } else {
    for (const [key, item] of Object.entries(asObject(value)))
      collect(item, keys, into, keys === null || keys.has(key) || (isWanted && typeof item !== 'string'))
  }
}
