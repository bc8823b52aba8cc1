import { hintOfKey, isReferenceType, isServerTool, type Section } from './hints.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const COMMA = 0x2c
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d

const MAX_DEPTH = 500
/** The start of each string is read byte by byte; from there on it is searched for its end, which is far cheaper in long texts. */
const READ_BYTES = 160
const SCALAR = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/
/** No number that means anything is written longer. */
const MAX_SCALAR_BYTES = 64

/** A cursor over JSON bytes. Every step returns whether what it passed was well-formed; after a false the cursor means nothing. */
export type Walker = {
  at: number
  /** The end of the last key, after its closing quote. */
  keyEnd: number
  serverTool: boolean
  reference: boolean
  skipSpace(): void
  take(byte: number): boolean
  /** Passes a key and its colon, up to the value. */
  skipKey(): boolean
  /** Passes a value of any depth, noting what it hints at. */
  skipValue(section: Section): boolean
}

export function createWalker(body: Buffer): Walker {
  /** Closing bracket of each open level. */
  const closers = new Uint8Array(MAX_DEPTH)

  const walker: Walker = { at: 0, keyEnd: 0, serverTool: false, reference: false, skipSpace, take, skipKey, skipValue }

  function skipSpace(): void {
    for (;;) {
      const byte = body[walker.at]
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return
      walker.at++
    }
  }

  function take(byte: number): boolean {
    if (body[walker.at] !== byte) return false
    walker.at++
    return true
  }

  function skipKey(): boolean {
    if (!skipString()) return false
    walker.keyEnd = walker.at
    skipSpace()
    if (!take(COLON)) return false
    skipSpace()
    return true
  }

  /** False also where a short string hides letters or digits behind escapes: it could be a word that matters. */
  function skipString(): boolean {
    if (!take(QUOTE)) return false
    const readEnd = Math.min(body.length, walker.at + READ_BYTES)
    let hides = false
    while (walker.at < readEnd) {
      const byte = body[walker.at++] ?? 0
      if (byte === QUOTE) return !hides
      if (byte < 0x20) return false
      if (byte !== BACKSLASH) continue
      hides ||= hidesWordCharacter(body, walker.at)
      walker.at++
    }
    return searchStringEnd()
  }

  function searchStringEnd(): boolean {
    const from = walker.at
    for (let quote = body.indexOf(QUOTE, from); quote !== -1; quote = body.indexOf(QUOTE, quote + 1)) {
      let backslashes = 0
      while (quote - 1 - backslashes >= from && body[quote - 1 - backslashes] === BACKSLASH) backslashes++
      if (backslashes % 2 === 1) continue
      walker.at = quote + 1
      return true
    }
    return false
  }

  function skipScalar(): boolean {
    const start = walker.at
    while (isScalarByte(body[walker.at] ?? 0)) walker.at++
    return walker.at - start <= MAX_SCALAR_BYTES && SCALAR.test(body.toString('latin1', start, walker.at))
  }

  function skipValue(section: Section): boolean {
    let depth = 0
    for (;;) {
      const byte = body[walker.at]
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        if (depth === MAX_DEPTH) return false
        walker.at++
        closers[depth++] = byte === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY
        skipSpace()
        if (body[walker.at] !== closers[depth - 1]) {
          if (byte === OPEN_OBJECT && !enterMember(section, depth)) return false
          continue
        }
      } else if (!(byte === QUOTE ? skipString() : skipScalar())) {
        return false
      }
      depth = leave(depth)
      if (depth <= 0) return depth === 0
      if (closers[depth - 1] === CLOSE_OBJECT && !enterMember(section, depth)) return false
    }
  }

  /** Passes the ends of all levels that close here, and the comma after them. The depth left; 0 when the value is over, -1 when malformed. */
  function leave(depth: number): number {
    for (let left = depth; left > 0; left--) {
      skipSpace()
      const byte = body[walker.at]
      if (byte === COMMA) {
        walker.at++
        skipSpace()
        return left
      }
      if (byte !== closers[left - 1]) return -1
      walker.at++
    }
    return 0
  }

  /** Passes a nested key and notes what it, or the value of a `type`, hints at. */
  function enterMember(section: Section, depth: number): boolean {
    const start = walker.at + 1
    if (!skipKey()) return false
    const hint = hintOfKey(body, start, walker.keyEnd - 1, section)
    if (hint === 'reference') walker.reference = true
    // A tool is an element of a list: its own members are at depth two. Deeper ones belong to its parameters.
    if (hint === 'server_tool' && depth === 2) walker.serverTool = true
    if (hint === 'type' && body[walker.at] === QUOTE) noteType(section, depth)
    return true
  }

  function noteType(section: Section, depth: number): void {
    const end = body.indexOf(QUOTE, walker.at + 1)
    const value = end === -1 ? '' : body.toString('latin1', walker.at + 1, Math.min(end, walker.at + READ_BYTES))
    if (section === 'plain') walker.reference ||= isReferenceType(value)
    else if (depth === 2) walker.serverTool ||= isServerTool(value)
  }

  return walker
}

/** Whether the escape after a backslash stands for an ASCII letter, digit or underscore, which nobody needs to escape. */
function hidesWordCharacter(body: Buffer, at: number): boolean {
  if (body[at] !== 0x75 || body[at + 1] !== 0x30 || body[at + 2] !== 0x30) return false
  return /^[A-Za-z0-9_]$/.test(String.fromCharCode(Number.parseInt(body.toString('latin1', at + 3, at + 5), 16)))
}

function isScalarByte(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a) || byte === 0x2d || byte === 0x2b || byte === 0x2e || byte === 0x45
}
