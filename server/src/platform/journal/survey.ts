import { statSync } from 'node:fs'
import { judgeMark, pidOfMark } from '../process/owner-mark.ts'
import type { EpochFolder } from './folders/epoch-folder.ts'
import { readJournalFolder, type Damage, type JournalReading } from './reading.ts'

/**
 * Who works on an epoch's folder. `elsewhere`: a process of another machine, boot or container, which cannot be asked;
 * while it lives the folder is touched every 2 s.
 */
export type Owner =
  | { state: 'nobody' }
  | { state: 'alive' | 'dead'; pid: number }
  | { state: 'elsewhere'; pid: number; touchedSecondsAgo: number }

/** One epoch as a person wants to know it. Nothing is changed by looking. */
export type EpochSurvey = {
  epoch: string
  folder: string
  owner: Owner
  /** The installation whose calls these are; undefined in journals of older versions. */
  database: string | undefined
  segments: { file: string; bytes: number; records: number }[]
  bytes: number
  /** Calls whose settlement is in the files, also those that are in the database already. */
  settled: number
  /** Of these, the ones behind the position that the database has reached; undefined where no database was asked. */
  settledNotDrained: number | undefined
  /** Calls under way; in a dead journal they become unresolved events. */
  openHolds: number
  /** Settlements whose hold is lost. */
  orphaned: number
  damage: Damage[]
  tornBytes: number
}

/** How often the files of a living journal may go while they are looked at. */
const triesMax = 5

/**
 * Looks at an epoch, also at a living one. `drainedTo`: the position that the database has reached, undefined when it was not asked.
 * Throws the file system's error, ENOENT when the epoch has ended meanwhile.
 */
export async function surveyEpoch(found: EpochFolder, drainedTo: number | undefined): Promise<EpochSurvey> {
  const reading = await readPatiently(found.path)
  try {
    const { database, segments, damage, tornBytes } = reading
    return {
      epoch: found.epoch,
      folder: found.path,
      owner: ownerOf(found),
      database,
      segments,
      bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
      settled: reading.settledCount(0),
      settledNotDrained: drainedTo === undefined ? undefined : reading.settledCount(drainedTo),
      openHolds: reading.unresolvedCount,
      orphaned: reading.orphaned.length,
      damage,
      tornBytes,
    }
  } finally {
    reading.close()
  }
}

/** A living journal may remove its oldest file between our finding it and our reading it. */
async function readPatiently(folder: string): Promise<JournalReading> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await readJournalFolder(folder)
    } catch (error) {
      const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT'
      if (!isGone || tries === triesMax) throw error
    }
  }
}

function ownerOf({ path, mark }: EpochFolder): Owner {
  const pid = mark === undefined ? undefined : pidOfMark(mark)
  if (mark === undefined || pid === undefined) return { state: 'nobody' }
  const verdict = judgeMark(mark)
  if (verdict !== 'unknown') return { state: verdict === 'alive' ? 'alive' : 'dead', pid }
  const touchedAtMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
  return { state: 'elsewhere', pid, touchedSecondsAgo: Math.max(0, Math.round((Date.now() - touchedAtMs) / 1000)) }
}
