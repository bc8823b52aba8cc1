import type { Backlog } from './backlog.ts'
import type { Committer } from './disk/commit.ts'
import {
  encodeRecord,
  PAYLOAD_BYTES_MAX,
  RECORD_HEADER_BYTES,
  SEGMENT_HEADER_BYTES,
  SEGMENT_NUMBER_MAX,
  SEGMENT_SIZE_MAX,
  type Position,
  type RecordKind,
} from './disk/format.ts'
import { appendBytes, createSegment, growSegment, sealSegment, type Segment } from './disk/segment.ts'
import { JournalFull } from './errors.ts'

/** How far ahead of the tail zeros are written, so that most records find their room ready. */
const AHEAD_BYTES = 256 * 1024

export type OpenHold = { id: Buffer; payload: Buffer; position: Position; bytes: number; reservedBytes: number }

/**
 * The journal of a living process. What always holds between two calls: the room in the last segment covers the
 * reservations of all open holds (`tail.zeroedTo − tail.end ≥ reservedBytes`).
 */
export type JournalState = {
  folder: string
  epoch: string
  database: string
  segmentBytes: number
  maxBytes: number
  now: () => number
  /** Oldest first, numbered without gaps; the last one takes the writes. */
  segments: Segment[]
  tail: Segment
  open: Map<string, OpenHold>
  reservedBytes: number
  backlog: Backlog
  committer: Committer
  drainedTo: Position
  lastNote: Position
  refused: { reason: 'disk' | 'bound'; bytes: number } | undefined
  releasing: Promise<void>
  closed: boolean
}

/** One record at a time is put together here: nothing is allocated for a write. */
const scratch = Buffer.alloc(RECORD_HEADER_BYTES + PAYLOAD_BYTES_MAX)

/** Bytes of all files of this epoch, room written ahead included. */
export function bytesOf(state: JournalState): number {
  let bytes = 0
  for (const segment of state.segments) bytes += segment.zeroedTo
  return bytes
}

/**
 * Room for a new hold or note. It ends half a segment before `maxBytes`, so that old open holds can still be copied
 * forward; and reservations take at most a quarter of it, so that a last segment that was settled to its end leaves
 * space for the next one. Throws `JournalFull`.
 */
export function makeRoomForNew(state: JournalState, bytes: number): void {
  if (state.reservedBytes + bytes > state.maxBytes / 4) throw new JournalFull('bound')
  makeRoom(state, bytes, state.maxBytes - Math.floor(state.segmentBytes / 2))
}

/** The segment a position lies in, which must not have been freed. */
export function segmentNumbered(state: JournalState, number: number): Segment {
  const segment = state.segments[number - (state.segments[0]?.number ?? 0)]
  if (segment === undefined) throw new Error(`journal segment ${number} is gone`)
  return segment
}

/**
 * Sees to room at the tail for `bytes` more than all reservations, within `boundBytes` for the whole journal: starts the
 * next segment when the last one is long enough, writes zeros ahead. Throws `JournalFull` when there is none.
 */
export function makeRoom(state: JournalState, bytes: number, boundBytes: number): void {
  const wanted = state.reservedBytes + bytes
  if (state.tail.end >= state.segmentBytes) startSegment(state, wanted, boundBytes)
  const tail = state.tail
  const missing = wanted - (tail.zeroedTo - tail.end)
  if (missing <= 0) return
  const allowed = Math.min(boundBytes - bytesOf(state), SEGMENT_SIZE_MAX - tail.zeroedTo)
  if (missing > allowed) throw new JournalFull('bound')
  const problem = growSegment(tail, Math.min(missing + aheadBytes(state.segmentBytes), allowed))
  if (tail.zeroedTo - tail.end < wanted) throw new JournalFull('disk', problem)
}

/** The next segment takes over all reservations; when it cannot be made the last one simply goes on. */
function startSegment(state: JournalState, roomBytes: number, boundBytes: number): void {
  const old = state.tail
  const freed = old.zeroedTo - old.end
  const allowed = boundBytes - (bytesOf(state) - freed) - SEGMENT_HEADER_BYTES
  if (roomBytes > allowed || old.number >= SEGMENT_NUMBER_MAX) return
  const room = Math.min(roomBytes + aheadBytes(state.segmentBytes), allowed)
  let next: Segment
  try {
    const { epoch, database } = state
    next = createSegment(state.folder, { epoch, segment: old.number + 1, madeAtMs: state.now(), database }, room)
  } catch {
    return
  }
  sealSegment(old)
  state.segments.push(next)
  state.tail = next
}

/** Room written ahead beyond what is needed at the moment. */
export function aheadBytes(segmentBytes: number): number {
  return Math.min(AHEAD_BYTES, segmentBytes)
}

/** Writes a record for which there is room. Throws the file system's error with nothing changed. */
export function append(state: JournalState, kind: RecordKind, id: Buffer, link: Position, payload: Buffer): Position {
  const tail = state.tail
  const bytes = encodeRecord(scratch, { kind, id, link, payload }, tail.seed, tail.end)
  const position = appendBytes(tail, scratch, bytes)
  state.committer.wrote(tail)
  return position
}
