import { readDatabase } from './disk/scan.ts'
import { removeEpoch } from './disk/segment.ts'
import { hasLivingOwner, listEpochFolders, releaseFolder, takeFolder, type EpochFolder } from './folders/epoch-folder.ts'
import { readJournalFolder, type JournalReading } from './reading.ts'

/** What the journal of a dead process still says. Settlements that were drained before its death may be in it: the database knows. */
export type RecoveredEpoch = Omit<JournalReading, 'close'> & {
  epoch: string
  /** Deletes the epoch's files: only after all that is in them is in the database. */
  remove(): Promise<void>
}

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
    if (folder !== undefined) yield* recoverTaken(folder, found.epoch)
  }
}

async function* recoverTaken(folder: string, epoch: string): AsyncGenerator<RecoveredEpoch> {
  let isRemoved = false
  try {
    const { close, ...reading } = await readJournalFolder(folder)
    try {
      const remove = async () => {
        close()
        await removeEpoch(folder)
        isRemoved = true
      }
      yield { ...reading, epoch, remove }
    } finally {
      close()
    }
  } finally {
    if (!isRemoved) await releaseFolder(folder)
  }
}

/**
 * Owners who cannot be asked are all watched at once. A copy of what a living process writes is not read: its calls under
 * way would be taken for lost ones.
 */
async function listDeadFolders(dir: string): Promise<EpochFolder[]> {
  const found = await listEpochFolders(dir)
  const lives = await Promise.all(found.map(hasLivingOwner))
  const living = new Set(found.filter((_, index) => lives[index]).map(({ epoch }) => epoch))
  return found.filter(({ epoch }) => !living.has(epoch))
}
