import { parseJson } from '../json.ts'
import { factsOf, heldKeys, patchedFields, valueKeys, type Findings, type Member, type PatchedField, type RequestFacts } from './facts.ts'
import { sectionOf } from './hints.ts'
import { createCursor, skipKey, skipSpace, skipValue, take, type Cursor } from './walker.ts'

const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const COMMA = 0x2c

/** Longer keys are none of ours, whatever way they are written. */
const LONGEST_KEY_BYTES = 160
/** No value that we read is larger. */
const LARGEST_VALUE_BYTES = 4096
/** How a value begins that holds nothing. */
const EMPTY = /^(?:null|false|""|\[[ \t\r\n]*\]|\{[ \t\r\n]*\})/

const NOT_ASCII = /[\x80-\xff]/

const patchable: ReadonlySet<string> = new Set(patchedFields)

/**
 * Finds what the gateway must know in the bytes of a request, without parsing it: a walk that follows strings and depth, so that no text
 * inside a message can pass for a field. Structure, literals and numbers are checked; the inside of long strings is not (a raw control
 * character in one goes on to the provider, which refuses it).
 *
 * Null whenever there is doubt: no JSON object, a key that matters twice, letters hidden behind escapes, depth over 500. The caller then
 * takes `parseRequest`, which decides what is meant and rewrites the body accordingly.
 */
export function scanRequest(body: Buffer): RequestFacts | null {
  const text = body.toString('latin1')
  const cursor = createCursor(text)
  const found: Findings = {
    members: {},
    open: 0,
    isEmpty: true,
    values: new Map(),
    held: new Map(),
    oddKey: null,
    serverTool: false,
    reference: false,
  }
  if (!walkObject(cursor, { body, text }, found)) return null
  found.serverTool = cursor.serverTool
  found.reference = cursor.reference
  return factsOf(found)
}

/** The body and its bytes as Latin-1: the same offsets in both. */
type Source = { body: Buffer; text: string }

function walkObject(cursor: Cursor, source: Source, found: Findings): boolean {
  const { text } = source
  skipSpace(cursor)
  if (!take(cursor, OPEN_OBJECT)) return false
  found.open = cursor.at
  skipSpace(cursor)
  let commaBefore = -1
  while (text.charCodeAt(cursor.at) !== CLOSE_OBJECT || commaBefore !== -1) {
    const member = walkMember(cursor, source, found, commaBefore)
    if (member === null) return false
    found.isEmpty = false
    skipSpace(cursor)
    commaBefore = cursor.at
    if (!take(cursor, COMMA)) break
    member.commaAfter = commaBefore
    skipSpace(cursor)
  }
  if (!take(cursor, CLOSE_OBJECT)) return false
  skipSpace(cursor)
  return cursor.at === text.length
}

function walkMember(cursor: Cursor, source: Source, found: Findings, commaBefore: number): Member | null {
  const key = cursor.at
  if (!skipKey(cursor)) return null
  const name = nameOf(cursor, source, key)
  if (name === null) return null
  const start = cursor.at
  if (!skipValue(cursor, sectionOf(name))) return null
  const member: Member = { key, start, end: cursor.at, commaBefore, commaAfter: -1 }
  return note(name, member, source, found) ? member : null
}

function nameOf(cursor: Cursor, source: Source, key: number): string | null {
  if (cursor.isPlain) return source.text.slice(key + 1, cursor.keyEnd - 1)
  if (cursor.keyEnd - key > LONGEST_KEY_BYTES) return ''
  const name = valueAt(key, cursor.keyEnd, source)
  return typeof name === 'string' ? name : null
}

/** Keeps what a member means; false where it is in doubt: the same field twice, or a value out of all proportion. */
function note(name: string, member: Member, source: Source, found: Findings): boolean {
  const { text } = source
  if (heldKeys.has(name)) {
    if (found.held.has(name)) return false
    found.held.set(
      name,
      EMPTY.test(text.slice(member.start, member.end)) ? 'nothing' : text.charCodeAt(member.start) === OPEN_OBJECT ? 'object' : 'other',
    )
    return true
  }
  if (!valueKeys.has(name)) {
    // `Model` beside `model` is one field to a parser that ignores case, and two to another.
    const folded = foldCase(name)
    if (valueKeys.has(folded) || heldKeys.has(folded)) found.oddKey ??= name
    return true
  }
  if (found.values.has(name) || member.end - member.start > LARGEST_VALUE_BYTES) return false
  const value = valueAt(member.start, member.end, source)
  if (value === undefined) return false
  found.values.set(name, value)
  if (patchable.has(name)) found.members[name as PatchedField] = member
  return true
}

/** The parsed value between two offsets, or undefined. */
function valueAt(start: number, end: number, { body, text }: Source): unknown {
  const raw = text.slice(start, end)
  return parseJson(NOT_ASCII.test(raw) ? body.toString('utf8', start, end) : raw)
}

/** Names without these are in the spelling that counts. */
const ODD_CHARACTER = /[^a-z0-9_]/

/** Folds as Unicode does: `K` (Kelvin) and `ſ` are letters to some parsers. */
function foldCase(text: string): string {
  return !ODD_CHARACTER.test(text) ? text : text.toUpperCase().toLowerCase()
}
