import { parseJson } from '../json.ts'
import { factsOf, patchedFields, trackedKeys, type Findings, type Member, type PatchedField, type RequestFacts } from './facts.ts'
import { sectionOf } from './hints.ts'
import { createWalker, type Walker } from './walker.ts'

const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const COMMA = 0x2c

/** Longer keys are none of ours, whatever way they are written. */
const LONGEST_KEY_BYTES = 160
/** Values larger than this are not parsed; that they are there is all that is kept of them. */
const LARGEST_VALUE_BYTES = 4096

const patchable: ReadonlySet<string> = new Set(patchedFields)

/**
 * Finds what the gateway must know in the bytes of a request, without parsing it: a walk that follows strings and depth, so that no text
 * inside a message can pass for a field. Structure, literals and numbers are checked; the inside of long strings is not (a raw control
 * character in one goes on to the provider, which refuses it).
 *
 * Null whenever there is doubt: no JSON object, a tracked key twice, letters hidden behind escapes, depth over 500. The caller then
 * takes `parseRequest`, which decides what is meant and rewrites the body accordingly.
 */
export function scanRequest(body: Buffer): RequestFacts | null {
  const walker = createWalker(body)
  const found: Findings = { members: {}, open: 0, isEmpty: true, values: new Map(), oddKey: null, serverTool: false, reference: false }
  if (!walkObject(walker, body, found)) return null
  found.serverTool = walker.serverTool
  found.reference = walker.reference
  return factsOf(found)
}

function walkObject(walker: Walker, body: Buffer, found: Findings): boolean {
  walker.skipSpace()
  if (!walker.take(OPEN_OBJECT)) return false
  found.open = walker.at
  walker.skipSpace()
  let commaBefore = -1
  while (body[walker.at] !== CLOSE_OBJECT || commaBefore !== -1) {
    const member = walkMember(walker, body, found, commaBefore)
    if (member === null) return false
    found.isEmpty = false
    walker.skipSpace()
    commaBefore = walker.at
    if (!walker.take(COMMA)) break
    member.commaAfter = commaBefore
    walker.skipSpace()
  }
  if (!walker.take(CLOSE_OBJECT)) return false
  walker.skipSpace()
  return walker.at === body.length
}

function walkMember(walker: Walker, body: Buffer, found: Findings, commaBefore: number): Member | null {
  const key = walker.at
  if (!walker.skipKey()) return null
  const name = walker.keyEnd - key <= LONGEST_KEY_BYTES ? parseJson(body.toString('utf8', key, walker.keyEnd)) : ''
  if (typeof name !== 'string') return null
  const start = walker.at
  if (!walker.skipValue(sectionOf(name))) return null
  const member: Member = { key, start, end: walker.at, commaBefore, commaAfter: -1 }
  if (!trackedKeys.has(name)) {
    // `Model` beside `model` is one field to a parser that ignores case, and two to another.
    if (trackedKeys.has(foldCase(name))) found.oddKey ??= name
    return member
  }
  if (found.values.has(name)) return null
  const value = valueOf(body, name, member)
  if (value === undefined) return null
  found.values.set(name, value)
  if (patchable.has(name)) found.members[name as PatchedField] = member
  return member
}

/**
 * The parsed value. Of large lists, objects and prompts only the kind counts, so a stand-in that is not empty takes their place; other
 * values are never that large. Undefined when it does not parse or is out of all proportion.
 */
function valueOf(body: Buffer, name: string, member: Member): unknown {
  if (member.end - member.start <= LARGEST_VALUE_BYTES) return parseJson(body.toString('utf8', member.start, member.end))
  if (patchable.has(name)) return undefined
  const first = body[member.start]
  if (first === OPEN_OBJECT) return { large: true }
  if (first === OPEN_ARRAY) return ['large']
  return name === 'prompt' ? 'large' : undefined
}

/** Folds as Unicode does: `K` (Kelvin) and `ſ` are letters to some parsers. */
function foldCase(text: string): string {
  return text.toUpperCase().toLowerCase()
}
