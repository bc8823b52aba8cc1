const LINE_END = /\r\n|\n|\r/
const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a

/** The data of an SSE event: its `data:` lines joined, comments and other fields left out. Null when it has none. */
export function dataOf(event: Buffer): string | null {
  const lines: string[] = []
  for (const line of event.toString('utf8').replace(/^\ufeff/, '').split(LINE_END)) {
    if (line === 'data') lines.push('')
    else if (line.startsWith('data:')) lines.push(line.slice(line[5] === ' ' ? 6 : 5))
  }
  return lines.length === 0 ? null : lines.join('\n')
}

/** The first byte of the value after a key, given with its quotes: `{` 0x7b, `"` 0x22, `n` 0x6e …; 0 when the key is not there. */
export function valueStartOf(event: Buffer, quotedKey: string): number {
  for (let found = event.indexOf(quotedKey); found !== -1; found = event.indexOf(quotedKey, found + quotedKey.length)) {
    const colon = skipSpace(event, found + quotedKey.length)
    if (event[colon] === COLON) return event[skipSpace(event, colon + 1)] ?? 0
  }
  return 0
}

/** Bytes of text in a frame: the lengths of all string values whose key is one of `keys`, looked for from `from` on. */
export function textBytesOf(event: Buffer, from: number, keys: ReadonlySet<string>): number {
  let total = 0
  let key = ''
  for (let open = event.indexOf(QUOTE, from); open !== -1; ) {
    const close = closingQuote(event, open + 1)
    if (close === -1) return total
    const isKey = event[skipSpace(event, close + 1)] === COLON
    if (isKey) key = close - open <= 20 ? event.toString('latin1', open + 1, close) : ''
    else if (keys.has(key)) total += close - open - 1
    open = event.indexOf(QUOTE, close + 1)
  }
  return total
}

/** Where the string that begins at `from` (after its opening quote) closes, or -1. */
function closingQuote(bytes: Buffer, from: number): number {
  for (let quote = bytes.indexOf(QUOTE, from); quote !== -1; quote = bytes.indexOf(QUOTE, quote + 1)) {
    let backslashes = 0
    while (quote - 1 - backslashes >= from && bytes[quote - 1 - backslashes] === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return quote
  }
  return -1
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++
  return at
}
