import fs from 'node:fs'
import path from 'node:path'
import {
  decodeRecord,
  encodeSegmentHeader,
  positionAt,
  SEGMENT_HEADER_BYTES,
  seedOfSegment,
  segmentFileName,
  type JournalRecord,
  type Position,
  type SegmentHeader,
} from './format.ts'

/** One open file of the journal. Room is what lies between `end` (of the records) and `zeroedTo`. */
export type Segment = {
  number: number
  path: string
  fd: number
  seed: number
  end: number
  zeroedTo: number
  /** Holds that lie here and are not settled. */
  openHolds: number
  /** Where the last settlement of a hold that lies here is, possibly in a later segment. */
  lastSettlement: Position
  /** Where the last hold that was copied forward out of this segment is. */
  lastCopy: Position
  /** True once the folder's entry for this file was synced. */
  named: boolean
}

const ZEROS = Buffer.alloc(256 * 1024)

/**
 * Makes the next file with its header and room for `roomBytes`. Throws the file system's error and leaves no file behind
 * when there is no space for all of it.
 */
export function createSegment(folder: string, header: SegmentHeader, roomBytes: number): Segment {
  const { epoch, segment: number } = header
  const file = path.join(folder, segmentFileName(number))
  const fd = fs.openSync(file, 'w+', 0o600)
  const segment: Segment = {
    number,
    path: file,
    fd,
    seed: seedOfSegment(epoch, number),
    end: SEGMENT_HEADER_BYTES,
    zeroedTo: SEGMENT_HEADER_BYTES,
    openHolds: 0,
    lastSettlement: 0,
    lastCopy: 0,
    named: false,
  }
  try {
    writeAll(fd, encodeSegmentHeader(header), SEGMENT_HEADER_BYTES, 0)
    const problem = growSegment(segment, roomBytes)
    if (problem !== undefined) throw problem
    return segment
  } catch (error) {
    fs.closeSync(fd)
    fs.rmSync(file, { force: true })
    throw error
  }
}

/** Writes up to `bytes` more zeros. Whatever could be written counts, also when it answers the error that stopped it. */
export function growSegment(segment: Segment, bytes: number): Error | undefined {
  const target = segment.zeroedTo + bytes
  try {
    while (segment.zeroedTo < target) {
      segment.zeroedTo += writeSome(segment.fd, ZEROS, 0, Math.min(ZEROS.length, target - segment.zeroedTo), segment.zeroedTo)
    }
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/**
 * Writes the first `bytes` of `record` at the end; when it returns, the kernel has them and the death of this process
 * cannot undo it. Throws the file system's error with the segment as it was: the next record goes to the same place.
 */
export function appendBytes(segment: Segment, record: Buffer, bytes: number): Position {
  try {
    writeAll(segment.fd, record, bytes, segment.end)
  } catch (error) {
    wipe(segment, bytes)
    throw error
  }
  segment.end += bytes
  return positionAt(segment.number, segment.end)
}

/** Throws when the room for `bytes` cannot be written now: there is room on paper that a failing disk does not take. */
export function probeRoom(segment: Segment, bytes: number): void {
  for (let done = 0; done < bytes; done += ZEROS.length) {
    writeAll(segment.fd, ZEROS, Math.min(ZEROS.length, bytes - done), segment.end + done)
  }
}

/** A refused record must not be found later, as far as the failing disk lets us. */
function wipe(segment: Segment, bytes: number): void {
  try {
    probeRoom(segment, bytes)
  } catch {
    // Left in place, a part of a record is a torn tail, or is overwritten by the next record.
  }
}

/** Gives the room of a segment that gets no more records back to the disk. */
export function sealSegment(segment: Segment): void {
  segment.zeroedTo = segment.end
  try {
    fs.ftruncateSync(segment.fd, segment.end)
  } catch {
    // The zeros stay until the file goes; they read as its end.
  }
}

/** Reads back a record of `bytes` that ends at `end`. Throws when it is no longer what was written. */
export function readRecordBack(segment: Pick<Segment, 'fd' | 'seed' | 'path'>, end: number, bytes: number): JournalRecord {
  const data = Buffer.allocUnsafe(bytes)
  const got = fs.readSync(segment.fd, data, 0, bytes, end - bytes)
  const record = got === bytes ? decodeRecord(data, 0, end - bytes, segment.seed) : undefined
  if (record === undefined) throw new Error(`journal damaged: no record at ${end - bytes} of ${segment.path}`)
  return record
}

/** Removes a file so that not even a power loss brings it back after a later one is gone. */
export async function unlinkDurably(folder: string, file: string): Promise<void> {
  await fs.promises.rm(file, { force: true })
  await syncFolder(folder)
}

/** Removes a whole epoch, oldest segment first, then its folder. */
export async function removeEpoch(folder: string): Promise<void> {
  for (const name of (await fs.promises.readdir(folder)).toSorted()) await unlinkDurably(folder, path.join(folder, name))
  await fs.promises.rmdir(folder)
  await syncFolder(path.dirname(folder))
}

/** fsync of a folder: makes the names in it survive a power loss. Windows knows no such thing and needs none. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await fs.promises.open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function writeAll(fd: number, data: Buffer, bytes: number, position: number): void {
  for (let done = 0; done < bytes;) done += writeSome(fd, data, done, bytes - done, position + done)
}

/** A short write is no error: the next call writes the rest or says why not. */
function writeSome(fd: number, data: Buffer, from: number, bytes: number, position: number): number {
  const written = fs.writeSync(fd, data, from, bytes, position)
  if (written <= 0) throw new Error('the file system wrote nothing')
  return written
}
