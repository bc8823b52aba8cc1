const LINE_END = /\r\n|\n|\r/
const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
/** No key whose text counts is longer. */
const LONGEST_KEY = 20

/** The data of an SSE event: its `data:` lines joined, comments and other fields left out. Null when it has none. */
export function dataOf(event: Buffer): string | null {
  const lines: string[] = []
  for (const line of event
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .split(LINE_END)) {
    if (line === 'data') lines.push('')
    else if (line.startsWith('data:')) lines.push(line.slice(line[5] === ' ' ? 6 : 5))
  }
  return lines.length === 0 ? null : lines.join('\n')
}

/*
 * The searches below take an event as Latin-1, byte for byte: searching a string costs a fraction of searching a Buffer.
 */

/**
 * The first character of the value after a key: `{`, `"`, `n` …; empty when the key is not there. Searched without the opening quote,
 * which is so frequent that a search for it stops everywhere.
 */
export function valueStartOf(event: string, key: string): string {
  const needle = `${key}"`
  for (let found = event.indexOf(needle); found !== -1; found = event.indexOf(needle, found + needle.length)) {
    if (event.charCodeAt(found - 1) !== QUOTE) continue
    const colon = skipSpace(event, found + needle.length)
    if (event.charCodeAt(colon) === COLON) return event.charAt(skipSpace(event, colon + 1))
  }
  return ''
}

/** Bytes of text in an event: the lengths of all string values whose key is one of `keys`, looked for from `from` on. */
export function textBytesOf(event: string, from: number, keys: ReadonlySet<string>): number {
  let total = 0
  let key = ''
  for (let open = event.indexOf('"', from); open !== -1;) {
    const close = closingQuote(event, open + 1)
    if (close === -1) return total
    const isKey = event.charCodeAt(skipSpace(event, close + 1)) === COLON
    if (isKey) key = close - open <= LONGEST_KEY ? event.slice(open + 1, close) : ''
    else if (keys.has(key)) total += close - open - 1
    open = event.indexOf('"', close + 1)
  }
  return total
}

/** The first character that is no white space. */
export function firstOf(event: string): string {
  return event.charAt(skipSpace(event, 0))
}

/** Where the string that begins at `from` (after its opening quote) closes, or -1. */
function closingQuote(event: string, from: number): number {
  for (let quote = event.indexOf('"', from); quote !== -1; quote = event.indexOf('"', quote + 1)) {
    let backslashes = 0
    while (quote - 1 - backslashes >= from && event.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return quote
  }
  return -1
}

function skipSpace(event: string, from: number): number {
  for (let at = from; ; at++) {
    const byte = event.charCodeAt(at)
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at
  }
}
