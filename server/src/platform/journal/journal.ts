import fs from 'node:fs'
import path from 'node:path'
import { createBacklog, type SettledRecord } from './backlog.ts'
import { createCommitter, type SyncMode } from './disk/commit.ts'
import { isEpoch, positionAt, type Position } from './disk/format.ts'
import { createSegment, removeEpoch, sealSegment, syncFolder, type Segment } from './disk/segment.ts'
import { JournalFailed, JournalFull } from './errors.ts'
import { makeOwnFolder, releaseFolder } from './folders/epoch-folder.ts'
import { checkOpen, refusalOf, takeSettled, writeHold, writeNote, writeSettlement } from './records.ts'
import { keepTouched } from '../process/owner-mark.ts'
import { release } from './release.ts'
import { aheadBytes, bytesOf, type JournalState } from './space.ts'

const MEMORY_BYTES_MAX = 32 * 1024 * 1024

/**
 * The durable, append-only journal of one process: what was promised before a call went out (hold) and what came of it
 * (settle). Payloads are opaque. The format is described in `disk/format.ts`, reading the files of dead processes is in
 * `recover.ts`. One thread of one process writes an epoch's files; every method but the promises is synchronous, and
 * when it returns the kernel has the record: kill -9 loses nothing, a power loss at most the last group (10 ms).
 */
export type Journal = {
  /**
   * Writes a hold and reserves room for a settlement of up to `settleBytesMax` bytes. `id` is 16 bytes; both buffers may
   * be reused afterwards. Throws `JournalFull` or `JournalFailed`, and then nothing was written.
   */
  hold(id: Buffer, payload: Buffer, settleBytesMax: number): void
  /**
   * Writes the settlement of an open hold into its reserved room: a full disk or bound cannot stop it. Throws a
   * RangeError when the payload is larger than reserved and there is no room besides; the hold then stays open, as it
   * does after an I/O error of the disk, and the settlement may be tried again.
   */
  settle(id: Buffer, payload: Buffer): Position
  /** Writes a record that belongs to no hold and is kept until drained past; only recovery shows it. Throws like `hold`. */
  note(id: Buffer, payload: Buffer): Position
  /** Resolves when a sync covered the position, rejects with `JournalFailed` when a sync failed. */
  durable(position: Position): Promise<void>
  /** The oldest settled calls that are not drained; the same again until `drained` is told. */
  take(maxRecords: number): SettledRecord[]
  /** Everything up to `position` is safe elsewhere: it is forgotten, and segments no one needs any more are removed. */
  drained(position: Position): Promise<void>
  openHolds(): number
  /** Bytes of all files, room written ahead included. */
  bytes(): number
  /** Why the next hold would be refused, asking the disk again if it was the last time; undefined when it would not. */
  refusal(): 'disk' | 'bound' | 'failed' | undefined
  stats(): JournalStats
  /** Syncs and closes. Files stay only while something in them is open or not drained. */
  close(): Promise<void>
}

export type JournalStats = {
  bytes: number
  /** What `bytes` may be at most; holds are refused half a segment before. */
  boundBytes: number
  segments: number
  openHolds: number
  reservedBytes: number
  undrained: number
  undrainedMemoryBytes: number
  writtenTo: Position
  durableTo: Position
  drainedTo: Position
  syncs: number
  refused: 'disk' | 'bound' | 'failed' | undefined
}

export type JournalOptions = {
  dir: string
  /** Lower-case UUID of this life of the process; never used again. */
  epoch: string
  /** Lower-case UUID of the installation whose calls these are: only into its database are they recovered. */
  database: string
  sync: SyncMode
  /** A segment of at least this size is followed by a new one. */
  segmentBytes: number
  /** Holds are refused before the files grow past this; at least four segments. */
  maxBytes: number
  /** Payloads of settled calls kept in memory for `take`; the rest is read from the files. */
  memoryBytesMax?: number
  now?: () => number
}

/** Starts an epoch's journal in a folder that is this process's until it closes it. Throws `JournalFull` when there is no space for its first segment. */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  checkOptions(options)
  await fs.promises.mkdir(options.dir, { recursive: true, mode: 0o700 })
  const folder = await makeOwnFolder(options.dir, options.epoch)
  const tail = firstSegment(folder, options)
  await syncFolder(options.dir)
  await syncFolder(path.dirname(options.dir))
  const state: JournalState = {
    folder,
    epoch: options.epoch,
    database: options.database,
    segmentBytes: options.segmentBytes,
    maxBytes: options.maxBytes,
    now: options.now ?? Date.now,
    segments: [tail],
    tail,
    open: new Map(),
    reservedBytes: 0,
    backlog: createBacklog(options.memoryBytesMax ?? MEMORY_BYTES_MAX),
    committer: createCommitter(folder, options.sync, () => writtenTo(state)),
    drainedTo: 0,
    lastNote: 0,
    refused: undefined,
    releasing: Promise.resolve(),
    closed: false,
  }
  const endBeat = keepTouched(folder, () => state.committer.fail(new JournalFailed(`the journal's folder ${folder} is gone`)))
  return {
    hold: (id, payload, settleBytesMax) => writeHold(state, id, payload, settleBytesMax),
    settle: (id, payload) => writeSettlement(state, id, payload),
    note: (id, payload) => writeNote(state, id, payload),
    durable: (position) => state.committer.durable(position),
    take: (maxRecords) => takeSettled(state, maxRecords),
    drained: (position) => markDrained(state, position),
    openHolds: () => state.open.size,
    bytes: () => bytesOf(state),
    refusal: () => refusalOf(state),
    stats: () => statsOf(state),
    close: () => {
      endBeat()
      return closeJournal(state)
    },
  }
}

function checkOptions(options: JournalOptions): void {
  if (!isEpoch(options.epoch)) throw new RangeError('an epoch is a lower-case UUID')
  if (!isEpoch(options.database)) throw new RangeError('a database is named by a lower-case UUID')
  if (options.segmentBytes < 4096) throw new RangeError('segmentBytes must be 4096 or more')
  if (options.maxBytes < options.segmentBytes * 4) throw new RangeError('maxBytes must be at least four times segmentBytes')
}

function firstSegment(folder: string, options: JournalOptions): Segment {
  try {
    const { epoch, database, now = Date.now } = options
    return createSegment(folder, { epoch, segment: 1, madeAtMs: now(), database }, aheadBytes(options.segmentBytes))
  } catch (error) {
    fs.rmdirSync(folder)
    throw new JournalFull('disk', error)
  }
}

function writtenTo(state: JournalState): Position {
  return positionAt(state.tail.number, state.tail.end)
}

async function markDrained(state: JournalState, position: Position): Promise<void> {
  checkOpen(state)
  if (position > writtenTo(state)) throw new RangeError(`nothing was written at ${position} yet`)
  state.drainedTo = Math.max(state.drainedTo, position)
  state.backlog.dropTo(state.drainedTo)
  await release(state)
}

function statsOf(state: JournalState): JournalStats {
  return {
    bytes: bytesOf(state),
    boundBytes: state.maxBytes,
    segments: state.segments.length,
    openHolds: state.open.size,
    reservedBytes: state.reservedBytes,
    undrained: state.backlog.count(),
    undrainedMemoryBytes: state.backlog.memoryBytes(),
    writtenTo: writtenTo(state),
    durableTo: state.committer.durableTo(),
    drainedTo: state.drainedTo,
    syncs: state.committer.syncs(),
    refused: state.committer.failure() === undefined ? state.refused?.reason : 'failed',
  }
}

async function closeJournal(state: JournalState): Promise<void> {
  if (state.closed) return
  state.closed = true
  await state.releasing.catch(() => undefined)
  sealSegment(state.tail)
  const failure = await state.committer.durable(writtenTo(state)).then(
    () => undefined,
    (error: unknown) => error,
  )
  for (const segment of state.segments) {
    await state.committer.forget(segment)
    fs.closeSync(segment.fd)
  }
  const needed = state.open.size > 0 || state.backlog.count() > 0 || state.lastNote > state.drainedTo
  await (needed ? releaseFolder(state.folder) : removeEpoch(state.folder))
  if (failure !== undefined) throw failure
}
