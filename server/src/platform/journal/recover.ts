import fs from 'node:fs'
import path from 'node:path'
import type { SettledRecord } from './backlog.ts'
import { isEpoch, positionAt, segmentOfFileName, segmentOfPosition, type JournalRecord, type Position } from './disk/format.ts'
import { readSegmentFile, scanSegment, type SegmentFile } from './disk/scan.ts'
import { removeEpoch } from './disk/segment.ts'

/**
 * What the journal of a dead process still says. Settlements that were drained before its death may be among `settled`
 * (the database knows the position it reached, and the id); no call is there twice.
 */
export type RecoveredEpoch = {
  epoch: string
  /** In the order of their settlements. */
  settled: SettledRecord[]
  /** Held and never settled: whether the call was made, and at what cost, is not known. */
  unresolved: { id: Buffer; hold: Buffer; position: Position }[]
  /** Settled, but the hold was lost to damage. */
  orphaned: { id: Buffer; settle: Buffer; position: Position }[]
  notes: { id: Buffer; note: Buffer; position: Position }[]
  /** Not a cut-off last write but something once written and lost: to be told to a person. Empty in a sound journal. */
  damage: Damage[]
  /** Size of the cut-off last write, which nobody was told had succeeded. */
  tornBytes: number
  /** Deletes the epoch's files: only after all of the above is in the database. */
  remove(): Promise<void>
}

/** `bytes`: a stretch that is no record · `header`: an unreadable segment header · `missing`: no such file. `to` is exclusive. */
export type Damage = { file: string; reason: 'bytes' | 'header' | 'missing'; from: number; to: number }

/**
 * Reads the journals of all epochs in `dir` but those given, oldest name first, one in memory at a time. That those are
 * dead is the caller's to know: a living one would be read half-way. Only folders named by a UUID are epochs.
 */
export async function* recoverJournals(dir: string, exceptEpoch: string | ReadonlySet<string>): AsyncGenerator<RecoveredEpoch> {
  const except = typeof exceptEpoch === 'string' ? new Set([exceptEpoch]) : exceptEpoch
  for (const epoch of await namesIn(dir)) {
    if (isEpoch(epoch) && !except.has(epoch)) yield await recoverEpoch(path.join(dir, epoch), epoch)
  }
}

type Reading = Omit<RecoveredEpoch, 'unresolved'> & { open: Map<string, RecoveredEpoch['unresolved'][number]>; firstSegment: number }

async function recoverEpoch(folder: string, epoch: string): Promise<RecoveredEpoch> {
  const files = (await namesIn(folder)).filter((name) => segmentOfFileName(name) !== undefined)
  const first = segmentOfFileName(files[0] ?? '') ?? 1
  const reading: Reading = {
    epoch,
    settled: [],
    open: new Map(),
    orphaned: [],
    notes: [],
    damage: [],
    tornBytes: 0,
    firstSegment: first,
    remove: () => removeEpoch(folder),
  }
  let expected = first
  for (const [index, name] of files.entries()) {
    const number = segmentOfFileName(name) ?? expected
    if (number > expected) reading.damage.push({ file: path.join(folder, name), reason: 'missing', from: expected, to: number })
    expected = number + 1
    readSegment(reading, path.join(folder, name), await readSegmentFile(path.join(folder, name)), index === files.length - 1)
  }
  const { open, firstSegment: _, ...found } = reading
  return { ...found, unresolved: [...open.values()] }
}

/** A cut-off write can only be at the very end of the last segment; anywhere else it is damage. */
function readSegment(reading: Reading, file: string, segment: SegmentFile, isLast: boolean): void {
  let records = 0
  for (const found of scanSegment(segment)) {
    if (found.what === 'record') {
      records += 1
      readRecord(reading, found.record, positionAt(segment.segment, found.record.offset + found.record.bytes))
    } else if (found.what === 'torn' && isLast) {
      reading.tornBytes = found.to - found.from
    } else {
      reading.damage.push({ file, reason: 'bytes', from: found.from, to: found.to })
    }
  }
  // A last segment with nothing in it was being made when the process died.
  if (segment.header === undefined && !(isLast && records === 0)) {
    reading.damage.push({ file, reason: 'header', from: 0, to: Math.min(segment.data.length, 64) })
  }
}

function readRecord(reading: Reading, record: JournalRecord, position: Position): void {
  const { id, payload } = record
  const key = id.toString('latin1')
  if (record.kind === 'note') {
    reading.notes.push({ id, note: payload, position })
  } else if (record.kind === 'hold') {
    reading.open.set(key, { id, hold: payload, position })
  } else {
    const hold = reading.open.get(key)
    reading.open.delete(key)
    if (hold !== undefined) reading.settled.push({ id, hold: hold.hold, settle: payload, position })
    // A hold in a segment that was removed was drained together with this settlement.
    else if (segmentOfPosition(record.link) >= reading.firstSegment) reading.orphaned.push({ id, settle: payload, position })
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await fs.promises.readdir(folder)).toSorted()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
