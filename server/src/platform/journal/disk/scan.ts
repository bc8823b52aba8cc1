import fs from 'node:fs'
import path from 'node:path'
import {
  decodeRecord,
  decodeSegmentHeader,
  SEGMENT_HEADER_BYTES,
  seedOfSegment,
  segmentOfFileName,
  type JournalRecord,
  type SegmentHeader,
} from './format.ts'
import { epochFolderAt, namesIn } from '../folders/epoch-folder.ts'

/** What a segment's bytes turn out to be, in order. Offsets are in the segment, `to` is exclusive. */
export type Found =
  | { what: 'record'; record: JournalRecord }
  /** Bytes that are no record, with valid records behind them: something written here was lost. */
  | { what: 'damage'; from: number; to: number }
  /** Bytes that are no record, with nothing but zeros behind them: a write that was cut off, if the segment was the last. */
  | { what: 'torn'; from: number; to: number }

export type SegmentFile = {
  /** Undefined when the header is damaged or was never written; epoch and segment are then those of the path. */
  header: SegmentHeader | undefined
  epoch: string
  segment: number
  /** Where the checksums of its records start from. */
  seed: number
  data: Buffer
}

/** Reads a whole segment into memory. Throws the file system's error. */
export async function readSegmentFile(file: string): Promise<SegmentFile> {
  const data = await fs.promises.readFile(file)
  const header = decodeSegmentHeader(data)
  const named = { epoch: epochFolderAt(path.dirname(file)).epoch, segment: segmentOfFileName(path.basename(file)) ?? 0 }
  const { epoch, segment } = header ?? named
  return { header, epoch, segment, seed: seedOfSegment(epoch, segment), data }
}

/** Names of the segment files in an epoch's folder, oldest first; none where there is no such folder. */
export async function segmentNamesIn(folder: string): Promise<string[]> {
  return (await namesIn(folder)).filter((name) => segmentOfFileName(name) !== undefined)
}

/** The installation whose calls an epoch's folder holds; undefined when none of its segments says so. */
export async function readDatabase(folder: string): Promise<string | undefined> {
  for (const name of await segmentNamesIn(folder)) {
    const header = await readHeader(path.join(folder, name))
    if (header !== undefined) return header.database
  }
  return undefined
}

/** Undefined for a file without a sound header, and for one that is being removed at this moment. */
async function readHeader(file: string): Promise<SegmentHeader | undefined> {
  const handle = await openForReading(file)
  if (handle === undefined) return undefined
  try {
    const { buffer } = await handle.read(Buffer.alloc(SEGMENT_HEADER_BYTES), 0, SEGMENT_HEADER_BYTES, 0)
    return decodeSegmentHeader(buffer)
  } finally {
    await handle.close()
  }
}

async function openForReading(file: string): Promise<fs.promises.FileHandle | undefined> {
  try {
    return await fs.promises.open(file, 'r')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Everything behind the header of a segment. */
export function* scanSegment({ data, seed }: Pick<SegmentFile, 'data' | 'seed'>): Generator<Found> {
  let at = SEGMENT_HEADER_BYTES
  for (;;) {
    const record = decodeRecord(data, at, 0, seed)
    if (record !== undefined) {
      yield { what: 'record', record }
      at += record.bytes
      continue
    }
    const end = endOfContent(data, at)
    if (end === at) return
    const next = findRecord(data, at + 1, end, seed)
    if (next === undefined) {
      yield { what: 'torn', from: at, to: end }
      return
    }
    yield { what: 'damage', from: at, to: next }
    at = next
  }
}

/** The offset behind the last byte that is not zero, never before `from`. */
function endOfContent(data: Buffer, from: number): number {
  let end = data.length
  while (end > from && data[end - 1] === 0) end -= 1
  return Math.max(end, from)
}

function findRecord(data: Buffer, from: number, end: number, seed: number): number | undefined {
  for (let at = from; at < end; at += 1) {
    if (decodeRecord(data, at, 0, seed) !== undefined) return at
  }
  return undefined
}
