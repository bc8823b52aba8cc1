import fs from 'node:fs'
import path from 'node:path'
import type { SettledRecord } from './backlog.ts'
import { offsetOfPosition, positionAt, segmentOfFileName, segmentOfPosition, type JournalRecord, type Position } from './disk/format.ts'
import { readSegmentFile, scanSegment, segmentNamesIn, type SegmentFile } from './disk/scan.ts'
import { readRecordBack } from './disk/segment.ts'

/**
 * All that the files of one epoch say. Payloads are read as they are asked for: a journal may be larger than memory. No
 * call is there twice.
 */
export type JournalReading = {
  /** The installation whose calls these are; undefined when none of the segments says so. */
  database: string | undefined
  segments: { file: string; bytes: number; records: number }[]
  /** Settled calls behind `after`, in the order of their settlements. */
  settled(after: Position): Generator<SettledRecord>
  settledCount(after: Position): number
  /** Held and never settled: whether the call was made, and at what cost, is not known. */
  unresolved(): Generator<HeldRecord>
  unresolvedCount: number
  /** Settled, but the hold was lost to damage. */
  orphaned: { id: Buffer; settle: Buffer; position: Position }[]
  notes: { id: Buffer; note: Buffer; position: Position }[]
  /** Not a cut-off last write but something once written and lost: to be told to a person. Empty in a sound journal. */
  damage: Damage[]
  /** Size of the cut-off last write, which nobody was told had succeeded. */
  tornBytes: number
  /** Closes the files; nothing can be asked for behind it. */
  close(): void
}

export type HeldRecord = { id: Buffer; hold: Buffer; position: Position }

/** `bytes`: a stretch that is no record · `header`: an unreadable segment header · `missing`: no such file. `to` is exclusive. */
export type Damage = { file: string; reason: 'bytes' | 'header' | 'missing'; from: number; to: number }

type Place = { position: Position; bytes: number }

type State = {
  folder: string
  files: Map<number, { fd: number; path: string; seed: number }>
  database: string | undefined
  segments: JournalReading['segments']
  settled: { hold: Place; settle: Place }[]
  open: Map<string, Place>
  orphaned: JournalReading['orphaned']
  notes: JournalReading['notes']
  damage: Damage[]
  tornBytes: number
  firstSegment: number
}

/** Reads an epoch's folder; changes nothing. Throws the file system's error; files that are still open then are closed. */
export async function readJournalFolder(folder: string): Promise<JournalReading> {
  const state: State = {
    folder,
    files: new Map(),
    database: undefined,
    segments: [],
    settled: [],
    open: new Map(),
    orphaned: [],
    notes: [],
    damage: [],
    tornBytes: 0,
    firstSegment: 1,
  }
  try {
    await readFiles(state)
  } catch (error) {
    closeFiles(state)
    throw error
  }
  const { database, segments, orphaned, notes, damage, tornBytes } = state
  return {
    database,
    segments,
    orphaned,
    notes,
    damage,
    tornBytes,
    settled: (after) => settledOf(state, after),
    settledCount: (after) => state.settled.filter(({ settle }) => settle.position > after).length,
    unresolved: () => unresolvedOf(state),
    unresolvedCount: state.open.size,
    close: () => closeFiles(state),
  }
}

function* settledOf(state: State, after: Position): Generator<SettledRecord> {
  for (const { hold, settle } of state.settled) {
    if (settle.position <= after) continue
    const { id, payload } = readBack(state, settle)
    yield { id, hold: readBack(state, hold).payload, settle: payload, position: settle.position }
  }
}

function* unresolvedOf(state: State): Generator<HeldRecord> {
  for (const place of state.open.values()) {
    const { id, payload } = readBack(state, place)
    yield { id, hold: payload, position: place.position }
  }
}

function closeFiles({ files }: State): void {
  for (const { fd } of files.values()) fs.closeSync(fd)
  files.clear()
}

async function readFiles(state: State): Promise<void> {
  const names = await segmentNamesIn(state.folder)
  state.firstSegment = segmentOfFileName(names[0] ?? '') ?? 1
  let expected = state.firstSegment
  for (const [index, name] of names.entries()) {
    const file = path.join(state.folder, name)
    const number = segmentOfFileName(name) ?? expected
    if (number > expected) state.damage.push({ file, reason: 'missing', from: expected, to: number })
    expected = number + 1
    const segment = await readSegmentFile(file)
    state.database ??= segment.header?.database
    state.files.set(segment.segment, { fd: fs.openSync(file, 'r'), path: file, seed: segment.seed })
    const records = readSegment(state, file, segment, index === names.length - 1)
    state.segments.push({ file, bytes: segment.data.length, records })
  }
}

/** A cut-off write can only be at the very end of the last segment; anywhere else it is damage. Answers how many records there are. */
function readSegment(state: State, file: string, segment: SegmentFile, isLast: boolean): number {
  let records = 0
  for (const found of scanSegment(segment)) {
    if (found.what === 'record') {
      records += 1
      readRecord(state, found.record, positionAt(segment.segment, found.record.offset + found.record.bytes))
    } else if (found.what === 'torn' && isLast) {
      state.tornBytes = found.to - found.from
    } else {
      state.damage.push({ file, reason: 'bytes', from: found.from, to: found.to })
    }
  }
  // A last segment with nothing in it was being made when the process died.
  if (segment.header === undefined && !(isLast && records === 0)) {
    state.damage.push({ file, reason: 'header', from: 0, to: Math.min(segment.data.length, 64) })
  }
  return records
}

function readRecord(state: State, { kind, id, link, payload, bytes }: JournalRecord, position: Position): void {
  const key = id.toString('latin1')
  const place = { position, bytes }
  if (kind === 'note') {
    state.notes.push({ id: Buffer.from(id), note: Buffer.from(payload), position })
  } else if (kind === 'hold') {
    state.open.set(key, place)
  } else {
    const hold = state.open.get(key)
    state.open.delete(key)
    if (hold !== undefined) state.settled.push({ hold, settle: place })
    // A hold in a segment that was removed was drained together with this settlement.
    else if (segmentOfPosition(link) >= state.firstSegment)
      state.orphaned.push({ id: Buffer.from(id), settle: Buffer.from(payload), position })
  }
}

function readBack({ files, folder }: State, { position, bytes }: Place): JournalRecord {
  const file = files.get(segmentOfPosition(position))
  if (file === undefined) throw new Error(`there is no segment ${segmentOfPosition(position)} in ${folder}`)
  return readRecordBack(file, offsetOfPosition(position), bytes)
}
