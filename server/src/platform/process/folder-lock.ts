import { randomUUID } from 'node:crypto'
import { constants, copyFileSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isTouched, keepTouched } from './owner-mark.ts'
import { judgeStamp, stampSelf, type ProcessStamp } from './process-info.ts'

type Lock = ProcessStamp & { id: string }

/** Somebody else works on the folder; `message` names the process. */
export class FolderInUseError extends Error {
  override name = 'FolderInUseError'
}

/**
 * Takes the data folder for this process alone, by `<folder>/lock`. A lock whose process is gone is taken over. A lock
 * of another container or machine cannot be asked, so it counts as held while its file is touched every 2 s.
 * @returns the function that gives the folder back
 * @throws FolderInUseError naming the process that holds it
 */
export async function lockFolder(folder: string): Promise<() => void> {
  const path = join(folder, 'lock')
  const mine: Lock = { ...stampSelf(), id: randomUUID() }
  while (!tryCreate(path, mine)) {
    const held = readLock(path)
    if (held !== null && (await isHeld(path, held))) {
      throw new FolderInUseError(
        `the data folder ${folder} is in use by process ${held.pid}; stop that one first, or set DATA_DIR to another folder`,
      )
    }
    await removeStale(path, mine, held)
  }
  // When the folder was removed under us, the lock went with it.
  const endBeat = keepTouched(path, () => undefined)
  return () => {
    endBeat()
    if (readLock(path)?.id === mine.id) rmSync(path, { force: true })
  }
}

/** Creates the lock whole or not at all: a hard link appears with its content; where links are impossible, an exclusive copy. */
function tryCreate(path: string, lock: Lock): boolean {
  const draft = `${path}.${lock.id}`
  writeFileSync(draft, JSON.stringify(lock), { mode: 0o600 })
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    return tryCopy(draft, path)
  } finally {
    rmSync(draft, { force: true })
  }
}

function tryCopy(draft: string, path: string): boolean {
  try {
    copyFileSync(draft, path, constants.COPYFILE_EXCL)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function isHeld(path: string, held: Lock): Promise<boolean> {
  const verdict = judgeStamp(held)
  return verdict === 'unknown' ? await isTouched(path) : verdict === 'alive'
}

/**
 * Removes a lock that was found stale. Two starters may have found the same: only the one that creates the guard
 * named after that very lock may remove it, and only if it is still there.
 */
async function removeStale(path: string, mine: Lock, stale: Lock | null): Promise<void> {
  const guard = `${path}.takeover`
  if (!tryCreate(guard, mine)) {
    const other = readLock(guard)
    if (other === null || judgeStamp(other) !== 'alive') rmSync(guard, { force: true })
    await sleep(50)
    return
  }
  if (readLock(path)?.id === stale?.id) rmSync(path, { force: true })
  rmSync(guard, { force: true })
}

function readLock(path: string): Lock | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Lock
  } catch {
    return null
  }
}
