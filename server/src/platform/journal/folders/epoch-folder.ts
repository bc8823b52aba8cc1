import fs from 'node:fs'
import path from 'node:path'
import { isTouched, judgeMark, markSelf } from '../../process/owner-mark.ts'
import { isEpoch } from '../disk/format.ts'

/**
 * The folder of one epoch: `<epoch>` while nobody works on it, `<epoch>@<mark>` while the process of that mark does. It is
 * taken by renaming it: of many who try, the file system lets one succeed, also on a full disk, and a death half-way
 * leaves a name whose owner is known to be dead.
 */
export type EpochFolder = { epoch: string; path: string; mark: string | undefined }

/** All epochs in `dir`, oldest first; none where there is no such folder. Anything else in it is passed over. */
export async function listEpochFolders(dir: string): Promise<EpochFolder[]> {
  const folders = (await namesIn(dir)).map((name) => epochFolderAt(path.join(dir, name)))
  return folders.filter((folder) => isEpoch(folder.epoch))
}

/** What the name of a folder says, be it an epoch's or not. */
export function epochFolderAt(folder: string): EpochFolder {
  const name = path.basename(folder)
  const at = name.indexOf('@')
  return at < 0 ? { epoch: name, path: folder, mark: undefined } : { epoch: name.slice(0, at), path: folder, mark: name.slice(at + 1) }
}

/** Makes the folder of a new epoch, this process's from its first moment on; answers its path. Throws EEXIST when it has it already. */
export async function makeOwnFolder(dir: string, epoch: string): Promise<string> {
  const folder = path.join(dir, ownName(epoch))
  await fs.promises.mkdir(folder, { mode: 0o700 })
  return folder
}

/**
 * Whether a process works on the folder. One of another machine or container cannot be asked: it lives as long as it
 * touches the folder, which takes up to 10 s to tell.
 */
export async function hasLivingOwner({ path: folder, mark }: EpochFolder): Promise<boolean> {
  if (mark === undefined) return false
  const verdict = judgeMark(mark)
  return verdict === 'unknown' ? await isTouched(folder) : verdict === 'alive'
}

/** Takes a folder without a living owner; answers its new path, or undefined when another was faster. */
export async function takeFolder(found: EpochFolder): Promise<string | undefined> {
  const own = path.join(path.dirname(found.path), ownName(found.epoch))
  try {
    await fs.promises.rename(found.path, own)
    return own
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) return undefined
    throw error
  }
}

/** Lets go of a folder that this process has. Where that fails it stays taken until this process ends. */
export async function releaseFolder(own: string): Promise<void> {
  const { epoch } = epochFolderAt(own)
  await fs.promises.rename(own, path.join(path.dirname(own), epoch)).catch(() => undefined)
}

/** Names in a folder in order; none where there is no such folder. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await fs.promises.readdir(folder)).toSorted()
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}

function ownName(epoch: string): string {
  return `${epoch}@${markSelf()}`
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}
