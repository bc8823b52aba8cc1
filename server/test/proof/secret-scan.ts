import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { withSql } from './installation.ts'

type Sql = Parameters<Parameters<typeof withSql>[1]>[0]

/** Where one secret was found, and how it was written there. */
export type Finding = { secret: string; form: string; place: string }

/** A place that was read, as it is. `shows`: the secrets that may stand there. */
export type Place = { place: string; bytes: Buffer; shows?: readonly string[] }

export type Scanner = (places: Iterable<Place>) => Finding[]

type Needle = { secret: string; form: string; bytes: Buffer }

const pieceChars = 12
/** So much of a piece of base64 does not depend on what stands beside it. */
const base64CharsMin = 12

/**
 * Looks for secrets by their beginning, middle and end (12 characters of each, without the prefix that tells their kind), so that half
 * a secret is found as well; as they are, in base64 and base64url at each of its three offsets, in hex, escaped for URLs and JSON, and
 * in UTF-16.
 */
export function scannerFor(secrets: Readonly<Record<string, string | Buffer>>): Scanner {
  const needles = Object.entries(secrets).flatMap(([secret, value]) => needlesOf(secret, value))
  const starts = new Uint8Array(65_536)
  const byStart = new Map<number, Needle[]>()
  for (const needle of needles) {
    starts[needle.bytes.readUInt16BE(0)] = 1
    const start = needle.bytes.readUInt32BE(0)
    byStart.set(start, [...(byStart.get(start) ?? []), needle])
  }
  return (places) => {
    const findings = new Map<string, Finding>()
    for (const { place, bytes, shows } of places) {
      for (const { secret, form } of found(bytes))
        if (!shows?.includes(secret)) findings.set(`${secret} ${form} ${place}`, { secret, form, place })
    }
    return [...findings.values()]
  }

  function* found(bytes: Buffer): Generator<Needle> {
    const end = bytes.length - 4
    for (let at = 0; at <= end; at++) {
      if (starts[(bytes[at]! << 8) | bytes[at + 1]!] === 0) continue
      for (const needle of byStart.get(bytes.readUInt32BE(at)) ?? [])
        if (bytes.subarray(at, at + needle.bytes.length).equals(needle.bytes)) yield needle
    }
  }
}

function needlesOf(secret: string, value: string | Buffer): Needle[] {
  const bytes = typeof value === 'string' ? Buffer.from(value.replace(/^(?:[a-z]{2,6}[-_])+/, '')) : value
  if (bytes.length < pieceChars) throw new Error(`the secret "${secret}" is too short to be looked for`)
  const starts = new Set([0, Math.floor((bytes.length - pieceChars) / 2), bytes.length - pieceChars])
  return [...starts]
    .flatMap((start) => formsOf(bytes.subarray(start, start + pieceChars)))
    .map(([form, text]) => ({ secret, form, bytes: Buffer.isBuffer(text) ? text : Buffer.from(text) }))
}

function formsOf(piece: Buffer): [form: string, text: string | Buffer][] {
  const text = piece.toString('latin1')
  const hex = piece.toString('hex')
  const forms: [string, string | Buffer][] = [
    ['as it is', piece],
    ['hex', hex],
    ['hex', hex.toUpperCase()],
    ['UTF-16', Buffer.from(text, 'utf16le')],
  ]
  if (encodeURIComponent(text) !== text) forms.push(['escaped for URLs', encodeURIComponent(text)])
  if (JSON.stringify(text) !== `"${text}"`) forms.push(['escaped for JSON', JSON.stringify(text).slice(1, -1)])
  for (const offset of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(offset), piece]).toString('base64')
    const own = encoded.slice(offset === 0 ? 0 : offset + 1, Math.floor(((offset + piece.length) * 8) / 6))
    if (own.length >= base64CharsMin) forms.push(['base64', own], ['base64url', own.replaceAll('+', '-').replaceAll('/', '_')])
  }
  return forms
}

/** Every row of every table, columns apart; `bytea` in hex, as PostgreSQL shows it. */
export async function readTables(sql: Sql): Promise<Place[]> {
  const columns = await sql<{ table: string; column: string }>(`
    select c.table_name as table, c.column_name as column from information_schema.columns c
    join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE'`)
  const places: Place[] = []
  for (const { table, column } of columns) {
    const rows = await sql<{ text: string | null }>(`select "${column}"::text as text from "${table}"`)
    places.push({ place: `${table}.${column}`, bytes: Buffer.from(rows.map(({ text }) => text ?? '').join('\n')) })
  }
  return places
}

/** Every file below a folder, sockets apart. A file that goes while it is read was there in vain. */
export function* readFiles(folder: string, shows: Readonly<Record<string, readonly string[]>> = {}): Generator<Place> {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name)
    const bytes = readOrNull(path)
    if (bytes) yield { place: `file ${relative(folder, path)}`, bytes, shows: shows[name] }
  }
}

function readOrNull(path: string): Buffer | null {
  try {
    return statSync(path).isFile() ? readFileSync(path) : null
  } catch {
    return null
  }
}
