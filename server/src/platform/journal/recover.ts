import fs from 'node:fs'
import path from 'node:path'
import type { SettledRecord } from './backlog.ts'
import { offsetOfPosition, positionAt, segmentOfFileName, segmentOfPosition, type JournalRecord, type Position } from './disk/format.ts'
import { readDatabase, readSegmentFile, scanSegment, segmentNamesIn, type SegmentFile } from './disk/scan.ts'
import { readRecordBack, removeEpoch } from './disk/segment.ts'
import { hasLivingOwner, listEpochFolders, releaseFolder, takeFolder, type EpochFolder } from './folders/epoch-folder.ts'

/**
 * What the journal of a dead process still says. Payloads are read from the files as they are asked for: a journal may be
 * larger than memory. No call is there twice.
 */
export type RecoveredEpoch = {
  epoch: string
  /** Settled calls behind `after`, the position that the database knows to have reached, in the order of their settlements. */
  settled(after: Position): Generator<SettledRecord>
  /** Held and never settled: whether the call was made, and at what cost, is not known. */
  unresolved(): Generator<HeldRecord>
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

export type HeldRecord = { id: Buffer; hold: Buffer; position: Position }

/** `bytes`: a stretch that is no record · `header`: an unreadable segment header · `missing`: no such file. `to` is exclusive. */
export type Damage = { file: string; reason: 'bytes' | 'header' | 'missing'; from: number; to: number }

export type RecoverOptions = {
  /** The installation that the calls are to go to. */
  database: string
  /** Told of each journal of another installation: it is left as it is. */
  onForeign: (folder: string, database: string) => void
}

/**
 * Yields the journals in `dir` that no process works on, oldest first: each is this process's while it is looked at, and
 * let go behind that unless it was removed. Those of living processes, and those that somebody else is recovering now,
 * are passed over. Journals that do not say to which installation they belong are believed to belong to this one.
 */
export async function* recoverJournals(dir: string, { database, onForeign }: RecoverOptions): AsyncGenerator<RecoveredEpoch> {
  for (const found of await listDeadFolders(dir)) {
    const itsDatabase = await readDatabase(found.path)
    if (itsDatabase !== undefined && itsDatabase !== database) {
      onForeign(found.path, itsDatabase)
      continue
    }
    const folder = await takeFolder(found)
    if (folder === undefined) continue
    const reading = newReading(folder)
    try {
      await readEpoch(reading)
      yield recoveredOf(found.epoch, reading)
    } finally {
      for (const { fd } of reading.files.values()) fs.closeSync(fd)
      if (!reading.removed) await releaseFolder(folder)
    }
  }
}

/** Owners who cannot be asked are all watched at once. */
async function listDeadFolders(dir: string): Promise<EpochFolder[]> {
  const found = await listEpochFolders(dir)
  const living = await Promise.all(found.map(hasLivingOwner))
  return found.filter((_, index) => living[index] === false)
}

type Place = { position: Position; bytes: number }

type Reading = {
  folder: string
  files: Map<number, { fd: number; path: string; seed: number }>
  settled: { hold: Place; settle: Place }[]
  open: Map<string, Place>
  orphaned: RecoveredEpoch['orphaned']
  notes: RecoveredEpoch['notes']
  damage: Damage[]
  tornBytes: number
  firstSegment: number
  removed: boolean
}

function newReading(folder: string): Reading {
  return {
    folder,
    files: new Map(),
    settled: [],
    open: new Map(),
    orphaned: [],
    notes: [],
    damage: [],
    tornBytes: 0,
    firstSegment: 1,
    removed: false,
  }
}

function recoveredOf(epoch: string, reading: Reading): RecoveredEpoch {
  const { orphaned, notes, damage, tornBytes } = reading
  return {
    epoch,
    orphaned,
    notes,
    damage,
    tornBytes,
    *settled(after) {
      for (const { hold, settle } of reading.settled) {
        if (settle.position <= after) continue
        const { id, payload } = readBack(reading, settle)
        yield { id, hold: readBack(reading, hold).payload, settle: payload, position: settle.position }
      }
    },
    *unresolved() {
      for (const place of reading.open.values()) {
        const { id, payload } = readBack(reading, place)
        yield { id, hold: payload, position: place.position }
      }
    },
    async remove() {
      await removeEpoch(reading.folder)
      reading.removed = true
    },
  }
}

async function readEpoch(reading: Reading): Promise<void> {
  const names = await segmentNamesIn(reading.folder)
  reading.firstSegment = segmentOfFileName(names[0] ?? '') ?? 1
  let expected = reading.firstSegment
  for (const [index, name] of names.entries()) {
    const file = path.join(reading.folder, name)
    const number = segmentOfFileName(name) ?? expected
    if (number > expected) reading.damage.push({ file, reason: 'missing', from: expected, to: number })
    expected = number + 1
    const segment = await readSegmentFile(file)
    reading.files.set(segment.segment, { fd: fs.openSync(file, 'r'), path: file, seed: segment.seed })
    readSegment(reading, file, segment, index === names.length - 1)
  }
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

function readRecord(reading: Reading, { kind, id, link, payload, bytes }: JournalRecord, position: Position): void {
  const key = id.toString('latin1')
  const place = { position, bytes }
  if (kind === 'note') {
    reading.notes.push({ id: Buffer.from(id), note: Buffer.from(payload), position })
  } else if (kind === 'hold') {
    reading.open.set(key, place)
  } else {
    const hold = reading.open.get(key)
    reading.open.delete(key)
    if (hold !== undefined) reading.settled.push({ hold, settle: place })
    // A hold in a segment that was removed was drained together with this settlement.
    else if (segmentOfPosition(link) >= reading.firstSegment)
      reading.orphaned.push({ id: Buffer.from(id), settle: Buffer.from(payload), position })
  }
}

function readBack({ files, folder }: Reading, { position, bytes }: Place): JournalRecord {
  const file = files.get(segmentOfPosition(position))
  if (file === undefined) throw new Error(`there is no segment ${segmentOfPosition(position)} in ${folder}`)
  return readRecordBack(file, offsetOfPosition(position), bytes)
}
