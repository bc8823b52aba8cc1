import { createHash } from 'node:crypto'
import { utimesSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { isRunning, stampOf, stampSelf, type ProcessStamp } from './process-info.ts'

const BEAT_MS = 2_000
const SILENT_MS = 10_000
const MARK = /^(\d+)-([0-9a-f]{8})-([0-9a-f]{12})$/

/**
 * This process as a piece of a file name: `<process id>-<digest of its start>-<digest of the boot and the space that the id counts in>`.
 * Being a name it needs no room on the disk, and renaming a folder to one that holds a mark is won by exactly one process.
 */
export function markSelf(): string {
  const stamp = stampSelf()
  return `${stamp.pid}-${startOf(stamp)}-${placeOf(stamp)}`
}

/** The process id in a mark; undefined when the text is none. */
export function pidOfMark(mark: string): number | undefined {
  const pid = MARK.exec(mark)?.[1]
  return pid === undefined ? undefined : Number(pid)
}

/** Whether the marked process still runs; `unknown` when its id belongs to another machine, boot or container. */
export function judgeMark(mark: string): 'alive' | 'gone' | 'unknown' {
  const [, pid, start, place] = MARK.exec(mark) ?? []
  if (pid === undefined) return 'gone'
  const stamp = stampOf(Number(pid))
  if (placeOf(stamp) !== place) return 'unknown'
  return isRunning(stamp.pid) && startOf(stamp) === start ? 'alive' : 'gone'
}

function startOf({ startedAt }: ProcessStamp): string {
  return digest(startedAt ?? '', 8)
}

function placeOf({ bootId, pidSpace }: ProcessStamp): string {
  return digest(`${bootId ?? ''}\n${pidSpace}`, 12)
}

function digest(text: string, letters: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, letters)
}

/**
 * Touches `path` every 2 s, for those who cannot ask whether this process lives, until the answered function is called.
 * `onGone` is called once when the path is not there any more: somebody took it.
 */
export function keepTouched(path: string, onGone: () => void): () => void {
  const beat = setInterval(() => {
    try {
      utimesSync(path, new Date(), new Date())
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) return
      clearInterval(beat)
      onGone()
    }
  }, BEAT_MS)
  beat.unref()
  return () => clearInterval(beat)
}

/** Whether somebody still touches `path`; a path touched within the last 10 s is watched until that is known. */
export async function isTouched(path: string): Promise<boolean> {
  const first = touchedAtMs(path)
  const quietForMs = Date.now() - first
  if (quietForMs > SILENT_MS) return false
  await sleep(SILENT_MS - Math.max(0, quietForMs))
  return touchedAtMs(path) !== first
}

function touchedAtMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
