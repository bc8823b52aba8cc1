import fs from 'node:fs'
import { positionAt, segmentOfPosition, type Position } from './disk/format.ts'
import { unlinkDurably, type Segment } from './disk/segment.ts'
import { append, bytesOf, makeRoom, segmentNumbered, type JournalState } from './space.ts'

/** Releases what can be, one release at a time. Rejects when the file system refused; the next release tries again. */
export function release(state: JournalState): Promise<void> {
  const turn = state.releasing.catch(() => undefined).then(() => releaseSegments(state))
  state.releasing = turn
  return turn
}

/** A segment may be drained before it gets its successor, or be kept by a disk that failed: not only draining frees. */
export function releaseSoon(state: JournalState): void {
  const oldest = state.segments[0]
  if (oldest !== undefined && oldest !== state.tail && state.drainedTo >= lastNeeded(oldest)) release(state).catch(() => undefined)
}

/**
 * Removes the oldest segments whose every call is settled and drained. Strictly in order: a settlement must not go while
 * the hold it answers is still there, or that hold would look unresolved after a crash. Answers when the files are gone.
 */
async function releaseSegments(state: JournalState): Promise<void> {
  for (;;) {
    const oldest = state.segments[0]
    if (oldest === undefined || oldest === state.tail) return
    if (state.drainedTo < lastNeeded(oldest)) return
    if (oldest.openHolds > 0 && !copyHoldsForward(state, oldest)) return
    if (!(await copiesAreDurable(state, oldest))) return
    await state.committer.forget(oldest)
    await unlinkDurably(state.folder, oldest.path)
    fs.closeSync(oldest.fd)
    state.segments.shift()
  }
}

/** The position that has to be drained before the segment may go. */
function lastNeeded(segment: Segment): Position {
  return Math.max(positionAt(segment.number, segment.end), segment.lastSettlement)
}

/**
 * One long call must not keep everything behind it on disk: when the journal is half full and the oldest segment is
 * needed for a few open holds only, they are written again at the tail. A hold found twice is one hold.
 */
function copyHoldsForward(state: JournalState, oldest: Segment): boolean {
  if (bytesOf(state) * 2 < state.maxBytes) return false
  const holds = [...state.open.values()].filter((hold) => segmentOfPosition(hold.position) === oldest.number)
  const bytes = holds.reduce((sum, hold) => sum + hold.bytes, 0)
  if (bytes * 2 > state.segmentBytes) return false
  try {
    for (const hold of holds) {
      makeRoom(state, hold.bytes, state.maxBytes)
      hold.position = append(state, 'hold', hold.id, hold.position, hold.payload)
      oldest.openHolds -= 1
      oldest.lastCopy = hold.position
      segmentNumbered(state, segmentOfPosition(hold.position)).openHolds += 1
    }
    return true
  } catch {
    return false
  }
}

/** After a failed sync nothing is known to be on disk, so the originals stay. */
function copiesAreDurable(state: JournalState, oldest: Segment): Promise<boolean> {
  return state.committer.durable(oldest.lastCopy).then(
    () => true,
    () => false,
  )
}
