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
  data: Buffer
}

/** Reads a whole segment into memory. Throws the file system's error. */
export async function readSegmentFile(file: string): Promise<SegmentFile> {
  const data = await fs.promises.readFile(file)
  const header = decodeSegmentHeader(data)
  const named = { epoch: path.basename(path.dirname(file)), segment: segmentOfFileName(path.basename(file)) ?? 0 }
  return { header, epoch: header?.epoch ?? named.epoch, segment: header?.segment ?? named.segment, data }
}

/** Everything behind the header of a segment. */
export function* scanSegment({ data, epoch, segment }: SegmentFile): Generator<Found> {
  const seed = seedOfSegment(epoch, segment)
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
