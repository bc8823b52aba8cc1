import fs from 'node:fs'
import path from 'node:path'
import { isEpoch } from './disk/format.ts'
import { readSegmentFile, segmentNamesIn } from './disk/scan.ts'
import { syncFolder } from './disk/segment.ts'
import { epochFolderAt, hasLivingOwner, listEpochFolders } from './folders/epoch-folder.ts'
import { surveyEpoch, type EpochSurvey } from './survey.ts'

/** Why a journal is not taken in; `message` is for the person who asked. */
export class AdoptRefused extends Error {
  override name = 'AdoptRefused'
}

export type AdoptOptions = {
  /** The installation that its calls must belong to. */
  database: string
  /** Epochs whose process was heard of lately, on whatever machine: a copy of what it writes is not taken. */
  living: ReadonlySet<string>
  /** Take it in although calls in damaged stretches are lost. */
  evenDamaged: boolean
}

/**
 * Copies the journal in `source`, rescued from another disk or machine, to `dir`, where the next start recovers it. The
 * source stays as it is. Answers what was copied. Throws `AdoptRefused` when a process works on it, it is here already, it
 * belongs to another installation, or it is damaged; and the file system's error, with nothing left behind.
 */
export async function adoptJournal(source: string, dir: string, { database, living, evenDamaged }: AdoptOptions): Promise<EpochSurvey> {
  const names = await segmentNamesIn(source)
  const epoch = await epochOf(source, names)
  const folder = { ...epochFolderAt(source), epoch }
  if (living.has(epoch))
    throw new AdoptRefused(`the process of the journal ${epoch} lives, by what the database knows: it brings its calls there itself`)
  if (await hasLivingOwner(folder))
    throw new AdoptRefused(`a process works on ${source}; stop it, or let it bring its calls to the database itself`)
  const here = (await listEpochFolders(dir)).find((known) => known.epoch === epoch)
  if (here !== undefined) throw new AdoptRefused(`the journal ${epoch} is here already: ${here.path}`)
  const survey = await surveyEpoch(folder, undefined)
  if (survey.database !== undefined && survey.database !== database)
    throw new AdoptRefused(`the journal ${epoch} belongs to the database ${survey.database}, and this one is ${database}`)
  if (survey.damage.length > 0 && !evenDamaged)
    throw new AdoptRefused(
      `the journal ${epoch} is damaged in ${survey.damage.length} place(s); with --damaged the calls that can be read are taken`,
    )
  await copyInto(dir, epoch, source, names)
  return survey
}

/** The epoch that the segments name; where no header can be read, the one that the folder is named by. */
async function epochOf(source: string, names: string[]): Promise<string> {
  if (names.length === 0) throw new AdoptRefused(`there is no journal in ${source}`)
  const epochs = new Set<string>()
  for (const name of names) {
    const { header } = await readSegmentFile(path.join(source, name))
    if (header !== undefined) epochs.add(header.epoch)
  }
  const [epoch = epochFolderAt(source).epoch, ...others] = epochs
  if (others.length > 0) throw new AdoptRefused(`the files in ${source} are of more than one journal`)
  if (!isEpoch(epoch)) throw new AdoptRefused(`the files in ${source} do not say which journal they are of; name the folder as it was`)
  return epoch
}

/** Under a name that nobody recovers, until all of it is on the disk. */
async function copyInto(dir: string, epoch: string, source: string, names: string[]): Promise<void> {
  const draft = path.join(dir, `${epoch}.adopting`)
  await fs.promises.rm(draft, { recursive: true, force: true })
  await fs.promises.mkdir(draft, { recursive: true, mode: 0o700 })
  try {
    for (const name of names) await copyDurably(path.join(source, name), path.join(draft, name))
    await syncFolder(draft)
    await fs.promises.rename(draft, path.join(dir, epoch))
  } catch (error) {
    await fs.promises.rm(draft, { recursive: true, force: true })
    throw error
  }
  await syncFolder(dir)
}

async function copyDurably(from: string, to: string): Promise<void> {
  await fs.promises.copyFile(from, to, fs.constants.COPYFILE_EXCL)
  const handle = await fs.promises.open(to, 'r+')
  try {
    await handle.chmod(0o600)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
