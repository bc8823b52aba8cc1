import type { SettledRecord } from './backlog.ts'
import { PAYLOAD_BYTES_MAX, RECORD_HEADER_BYTES, segmentOfPosition, offsetOfPosition, type Position } from './disk/format.ts'
import { probeRoom, readRecordBack } from './disk/segment.ts'
import { JournalFull } from './errors.ts'
import { releaseSoon } from './release.ts'
import { append, makeRoomForNew, segmentNumbered, type JournalState, type OpenHold } from './space.ts'

/** See `Journal.hold`. */
export function writeHold(state: JournalState, id: Buffer, payload: Buffer, settleBytesMax: number): void {
  checkRecord(state, id, payload)
  if (!Number.isSafeInteger(settleBytesMax) || settleBytesMax < 0 || settleBytesMax > PAYLOAD_BYTES_MAX) {
    throw new RangeError(`settleBytesMax must be 0 to ${PAYLOAD_BYTES_MAX}, not ${settleBytesMax}`)
  }
  const key = keyOf(id)
  if (state.open.has(key)) throw new Error('a hold of this id is open already')
  const bytes = RECORD_HEADER_BYTES + payload.length
  const reservedBytes = RECORD_HEADER_BYTES + settleBytesMax
  const position = writeNew(state, 'hold', id, payload, reservedBytes)
  state.reservedBytes += reservedBytes
  state.tail.openHolds += 1
  const kept = Buffer.concat([id, payload])
  state.open.set(key, { id: kept.subarray(0, 16), payload: kept.subarray(16), position, bytes, reservedBytes })
}

/** See `Journal.note`. */
export function writeNote(state: JournalState, id: Buffer, payload: Buffer): Position {
  checkRecord(state, id, payload)
  state.lastNote = writeNew(state, 'note', id, payload, 0)
  return state.lastNote
}

/** Writes what may be refused: there must be room for it and for what it reserves. */
function writeNew(state: JournalState, kind: 'hold' | 'note', id: Buffer, payload: Buffer, reserveBytes: number): Position {
  const failure = state.committer.failure()
  if (failure !== undefined) throw failure
  const bytes = RECORD_HEADER_BYTES + payload.length + reserveBytes
  const tail = state.tail
  try {
    makeRoomForNew(state, bytes)
    const position = append(state, kind, id, 0, payload)
    state.refused = undefined
    if (state.tail !== tail) releaseSoon(state)
    return position
  } catch (error) {
    const full = error instanceof JournalFull ? error : new JournalFull('disk', error)
    state.refused = { reason: full.reason, bytes }
    releaseSoon(state)
    throw full
  }
}

/** See `Journal.settle`. */
export function writeSettlement(state: JournalState, id: Buffer, payload: Buffer): Position {
  checkRecord(state, id, payload)
  const key = keyOf(id)
  const hold = state.open.get(key)
  if (hold === undefined) throw new Error('no hold of this id is open')
  const bytes = RECORD_HEADER_BYTES + payload.length
  if (bytes > hold.reservedBytes) makeRoomBesides(state, hold, bytes)
  const position = append(state, 'settle', id, hold.position, payload)
  state.open.delete(key)
  state.reservedBytes -= hold.reservedBytes
  const segment = segmentNumbered(state, segmentOfPosition(hold.position))
  segment.openHolds -= 1
  segment.lastSettlement = position
  state.backlog.push({
    position,
    bytes,
    holdPosition: hold.position,
    holdBytes: hold.bytes,
    record: { id: hold.id, hold: hold.payload, settle: Buffer.from(payload), position },
  })
  return position
}

function makeRoomBesides(state: JournalState, hold: OpenHold, bytes: number): void {
  try {
    makeRoomForNew(state, bytes - hold.reservedBytes)
  } catch (error) {
    const reserved = hold.reservedBytes - RECORD_HEADER_BYTES
    const message = `a settlement of ${bytes - RECORD_HEADER_BYTES} bytes passes the ${reserved} reserved and there is no room`
    throw new RangeError(message, { cause: error })
  }
}

/** See `Journal.take`. */
export function takeSettled(state: JournalState, maxRecords: number): SettledRecord[] {
  checkOpen(state)
  return state.backlog.first(maxRecords).map((entry) => {
    if (entry.record !== undefined) return entry.record
    const settled = readBack(state, entry.position, entry.bytes)
    const hold = readBack(state, entry.holdPosition, entry.holdBytes)
    return { id: settled.id, hold: hold.payload, settle: settled.payload, position: entry.position }
  })
}

function readBack(state: JournalState, position: Position, bytes: number) {
  return readRecordBack(segmentNumbered(state, segmentOfPosition(position)), offsetOfPosition(position), bytes)
}

/** See `Journal.refusal`. */
export function refusalOf(state: JournalState): 'disk' | 'bound' | 'failed' | undefined {
  if (state.closed || state.committer.failure() !== undefined) return 'failed'
  const refused = state.refused
  if (refused === undefined) return undefined
  try {
    makeRoomForNew(state, refused.bytes)
    probeRoom(state.tail, refused.bytes)
    state.refused = undefined
    return undefined
  } catch (error) {
    refused.reason = error instanceof JournalFull ? error.reason : 'disk'
    return refused.reason
  }
}

/** Refuses calls on a closed journal. */
export function checkOpen(state: JournalState): void {
  if (state.closed) throw new Error('the journal is closed')
}

function checkRecord(state: JournalState, id: Buffer, payload: Buffer): void {
  checkOpen(state)
  if (id.length !== 16) throw new RangeError(`an id has 16 bytes, not ${id.length}`)
  if (payload.length > PAYLOAD_BYTES_MAX) throw new RangeError(`a payload has at most ${PAYLOAD_BYTES_MAX} bytes, not ${payload.length}`)
}

function keyOf(id: Buffer): string {
  return id.toString('latin1')
}
