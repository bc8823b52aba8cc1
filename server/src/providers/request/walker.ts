import { hintOfKey, isReferenceType, isServerTool, type Section } from './hints.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const COMMA = 0x2c
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const LETTER_U = 0x75

const MAX_DEPTH = 500
/** The start of each string is read byte by byte; from there on it is searched for its end, which is far cheaper in long texts. */
const READ_BYTES = 160
const SCALAR = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/
/** No number that means anything is written longer. */
const MAX_SCALAR_BYTES = 64
const HIDDEN_WORD_CHARACTER = /^u00(?:3[0-9]|[46][1-9a-fA-F]|5[0-9aA]|7[0-9aA]|5[fF])$/

/** A place in JSON bytes. Every step below returns whether what it passed was well-formed; after a false the cursor means nothing. */
export type Cursor = {
  /** The bytes as Latin-1, so that an index is an offset: searching a string costs a fraction of searching a Buffer. */
  readonly text: string
  at: number
  /** The end of the last key, after its closing quote. */
  keyEnd: number
  /** Whether the last string was plain ASCII without escapes. */
  isPlain: boolean
  /** Closing bracket of each open level. */
  readonly closers: number[]
  serverTool: boolean
  reference: boolean
}

export function createCursor(text: string): Cursor {
  return { text, at: 0, keyEnd: 0, isPlain: true, closers: [], serverTool: false, reference: false }
}

export function skipSpace(cursor: Cursor): void {
  const { text } = cursor
  let at = cursor.at
  for (let byte = text.charCodeAt(at); byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; byte = text.charCodeAt(at)) at++
  cursor.at = at
}

export function take(cursor: Cursor, byte: number): boolean {
  if (cursor.text.charCodeAt(cursor.at) !== byte) return false
  cursor.at++
  return true
}

/** Passes a key and its colon, up to the value. */
export function skipKey(cursor: Cursor): boolean {
  if (!skipString(cursor)) return false
  cursor.keyEnd = cursor.at
  skipSpace(cursor)
  if (!take(cursor, COLON)) return false
  skipSpace(cursor)
  return true
}

/** Passes a value of any depth, noting what it hints at. */
export function skipValue(cursor: Cursor, section: Section): boolean {
  const { text, closers } = cursor
  let depth = 0
  for (;;) {
    const byte = text.charCodeAt(cursor.at)
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      if (depth === MAX_DEPTH) return false
      cursor.at++
      closers[depth++] = byte === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY
      skipSpace(cursor)
      if (text.charCodeAt(cursor.at) !== closers[depth - 1]) {
        if (byte === OPEN_OBJECT && !enterMember(cursor, section, depth)) return false
        continue
      }
    } else if (!(byte === QUOTE ? skipString(cursor) : skipScalar(cursor))) {
      return false
    }
    depth = leave(cursor, depth)
    if (depth <= 0) return depth === 0
    if (closers[depth - 1] === CLOSE_OBJECT && !enterMember(cursor, section, depth)) return false
  }
}

/** False also where a short string hides letters or digits behind escapes: it could be a word that matters. */
function skipString(cursor: Cursor): boolean {
  if (!take(cursor, QUOTE)) return false
  const { text } = cursor
  const readEnd = Math.min(text.length, cursor.at + READ_BYTES)
  let at = cursor.at
  let hides = false
  let isPlain = true
  while (at < readEnd) {
    const byte = text.charCodeAt(at++)
    if (byte === QUOTE) {
      cursor.at = at
      cursor.isPlain = isPlain
      return !hides
    }
    if (byte < 0x20) return false
    if (byte >= 0x80) isPlain = false
    if (byte !== BACKSLASH) continue
    isPlain = false
    if (text.charCodeAt(at) === LETTER_U) hides ||= HIDDEN_WORD_CHARACTER.test(text.slice(at, at + 5))
    at++
  }
  cursor.isPlain = false
  return searchStringEnd(cursor, at)
}

function searchStringEnd(cursor: Cursor, from: number): boolean {
  const { text } = cursor
  for (let quote = text.indexOf('"', from); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0
    while (quote - 1 - backslashes >= from && text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes++
    if (backslashes % 2 === 1) continue
    cursor.at = quote + 1
    return true
  }
  return false
}

function skipScalar(cursor: Cursor): boolean {
  const { text, at: start } = cursor
  let at = start
  let onlyDigits = true
  for (let byte = text.charCodeAt(at); isScalarByte(byte); byte = text.charCodeAt(++at)) onlyDigits &&= byte >= 0x30 && byte <= 0x39
  cursor.at = at
  if (at === start || at - start > MAX_SCALAR_BYTES) return false
  if (onlyDigits) return at - start === 1 || text.charCodeAt(start) !== 0x30
  return SCALAR.test(text.slice(start, at))
}

/** Passes the ends of all levels that close here, and the comma after them. The depth left; 0 when the value is over, -1 when malformed. */
function leave(cursor: Cursor, depth: number): number {
  for (let left = depth; left > 0; left--) {
    skipSpace(cursor)
    const byte = cursor.text.charCodeAt(cursor.at)
    if (byte === COMMA) {
      cursor.at++
      skipSpace(cursor)
      return left
    }
    if (byte !== cursor.closers[left - 1]) return -1
    cursor.at++
  }
  return 0
}

/** Passes a nested key and notes what it, or the value of a `type`, hints at. */
function enterMember(cursor: Cursor, section: Section, depth: number): boolean {
  const start = cursor.at + 1
  if (!skipKey(cursor)) return false
  const hint = hintOfKey(cursor.text, start, cursor.keyEnd - 1, section)
  if (hint === null) return true
  if (hint === 'reference') cursor.reference = true
  // A tool is an element of a list: its own members are at depth two. Deeper ones belong to its parameters.
  if (hint === 'server_tool' && depth === 2) cursor.serverTool = true
  if (hint === 'type' && cursor.text.charCodeAt(cursor.at) === QUOTE) noteType(cursor, section, depth)
  return true
}

function noteType(cursor: Cursor, section: Section, depth: number): void {
  const end = cursor.text.indexOf('"', cursor.at + 1)
  const value = end === -1 || end - cursor.at > READ_BYTES ? '' : cursor.text.slice(cursor.at + 1, end)
  if (section === 'plain') cursor.reference ||= isReferenceType(value)
  else if (depth === 2) cursor.serverTool ||= isServerTool(value)
}

function isScalarByte(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a) || byte === 0x2d || byte === 0x2b || byte === 0x2e || byte === 0x45
  )
}
