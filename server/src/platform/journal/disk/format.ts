import { crc32 } from 'node:zlib'

/**
 * The journal on disk. Numbers are little-endian.
 *
 *   <dir>/<epoch>/<segment, 8 digits>.journal      one folder per process life, segments numbered from 1 without gaps;
 *                                                  it is <epoch>@<mark of the process> while one works on it
 *
 *   segment   64-byte header | records, back to back | zeros written ahead of the tail
 *   header    magic "JOURNAL1" | epoch, 16 | segment u32 | made at, ms since 1970 f64 | database, 16 | zeros
 *             | crc32 u32 of what precedes
 *   record    crc32 u32 | payload length u32 | kind u8 | id, 16 | link f64 | payload
 *
 * - kind: 1 hold, 2 settle, 3 note. The link of a settlement is the position of its hold; the link of a hold that was
 *   copied forward (so that its old segment could go) is its former position; else 0.
 * - A record's crc32 covers everything after itself and starts from a value made of epoch, segment and offset, so bytes
 *   are a record only at the very place they were written: neither a payload that looks like a record nor a stale copy
 *   is ever taken for one, and reading can safely go on behind a damaged stretch.
 * - database: the id of the installation whose calls these are; zeros in journals older than this field.
 * - A position is segment × 2^32 + the offset behind the record: a safe integer, ordered like the writes.
 * - Zeros are never a record (kind 0): nothing but zeros to the end of the file is room not used yet.
 *
 * Zeros are written ahead so that a settlement overwrites blocks that are already allocated. Filesystems that never
 * overwrite in place (btrfs, ZFS) or compress (zeros cost nothing) do not keep that promise when the disk is full.
 */

export type RecordKind = 'hold' | 'settle' | 'note'
export type Position = number

export type JournalRecord = {
  kind: RecordKind
  id: Buffer
  link: Position
  payload: Buffer
  /** Offset of the record's first byte in its segment. */
  offset: number
  /** Whole size on disk. */
  bytes: number
}

export const SEGMENT_HEADER_BYTES = 64
export const RECORD_HEADER_BYTES = 33
export const PAYLOAD_BYTES_MAX = 64 * 1024
export const SEGMENT_NUMBER_MAX = 2 ** 21 - 1
/** Offsets take the lower 32 bits of a position. */
export const SEGMENT_SIZE_MAX = 2 ** 32 - 1

const MAGIC = Buffer.from('JOURNAL1', 'latin1')
const KINDS: readonly (RecordKind | undefined)[] = [undefined, 'hold', 'settle', 'note']
const KIND_CODES: Record<RecordKind, number> = { hold: 1, settle: 2, note: 3 }
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const SEGMENT_FILE = /^(\d{8})\.journal$/

export function positionAt(segment: number, offset: number): Position {
  return segment * 2 ** 32 + offset
}

export function segmentOfPosition(position: Position): number {
  return Math.floor(position / 2 ** 32)
}

export function offsetOfPosition(position: Position): number {
  return position % 2 ** 32
}

export function segmentFileName(segment: number): string {
  return `${String(segment).padStart(8, '0')}.journal`
}

/** The number in a segment's file name, or undefined when it is not the name of one. */
export function segmentOfFileName(name: string): number | undefined {
  const digits = SEGMENT_FILE.exec(name)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** True for a lower-case UUID: the only names that are epochs, or databases. */
export function isEpoch(name: string): boolean {
  return UUID.test(name)
}

/** Where the checksums of one segment start from; every record adds its own offset. */
export function seedOfSegment(epoch: string, segment: number): number {
  return crc32(`${epoch}/${segment}`)
}

/** Writes a record that will lie at `offset` of its segment to the start of `target`; answers its size in bytes. */
export function encodeRecord(
  target: Buffer,
  record: { kind: RecordKind; id: Buffer; link: Position; payload: Buffer },
  seed: number,
  offset: number,
): number {
  const bytes = RECORD_HEADER_BYTES + record.payload.length
  target.writeUInt32LE(record.payload.length, 4)
  target[8] = KIND_CODES[record.kind]
  target.set(record.id, 9)
  target.writeDoubleLE(record.link, 25)
  target.set(record.payload, RECORD_HEADER_BYTES)
  target.writeUInt32LE(crc32(target.subarray(4, bytes), (seed ^ offset) >>> 0), 0)
  return bytes
}

/** The record that starts at `at` in `data`, which itself starts at `base` of its segment; undefined when there is none. */
export function decodeRecord(data: Buffer, at: number, base: number, seed: number): JournalRecord | undefined {
  if (at + RECORD_HEADER_BYTES > data.length) return undefined
  const kind = KINDS[data[at + 8] ?? 0]
  if (kind === undefined) return undefined
  const length = data.readUInt32LE(at + 4)
  const end = at + RECORD_HEADER_BYTES + length
  if (length > PAYLOAD_BYTES_MAX || end > data.length) return undefined
  const offset = base + at
  if (crc32(data.subarray(at + 4, end), (seed ^ offset) >>> 0) !== data.readUInt32LE(at)) return undefined
  return {
    kind,
    id: data.subarray(at + 9, at + 25),
    link: data.readDoubleLE(at + 25),
    payload: data.subarray(at + RECORD_HEADER_BYTES, end),
    offset,
    bytes: end - at,
  }
}

/** `database` is a UUID, undefined in a journal that does not say. */
export type SegmentHeader = { epoch: string; segment: number; madeAtMs: number; database: string | undefined }

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const block = Buffer.alloc(SEGMENT_HEADER_BYTES)
  block.set(MAGIC, 0)
  block.write(header.epoch.replaceAll('-', ''), 8, 'hex')
  block.writeUInt32LE(header.segment, 24)
  block.writeDoubleLE(header.madeAtMs, 28)
  block.write(header.database?.replaceAll('-', '') ?? '', 36, 'hex')
  block.writeUInt32LE(crc32(block.subarray(0, SEGMENT_HEADER_BYTES - 4)), SEGMENT_HEADER_BYTES - 4)
  return block
}

/** The header at the start of a segment, or undefined when it is damaged or not there. */
export function decodeSegmentHeader(data: Buffer): SegmentHeader | undefined {
  if (data.length < SEGMENT_HEADER_BYTES || data.compare(MAGIC, 0, MAGIC.length, 0, MAGIC.length) !== 0) return undefined
  const sum = data.readUInt32LE(SEGMENT_HEADER_BYTES - 4)
  if (crc32(data.subarray(0, SEGMENT_HEADER_BYTES - 4)) !== sum) return undefined
  const database = data.subarray(36, 52)
  return {
    epoch: uuidText(data.subarray(8, 24)),
    segment: data.readUInt32LE(24),
    madeAtMs: data.readDoubleLE(28),
    database: database.every((byte) => byte === 0) ? undefined : uuidText(database),
  }
}

/** 16 bytes as the usual UUID text. */
export function uuidText(id: Buffer): string {
  const hex = id.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
