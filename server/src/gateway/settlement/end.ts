import { closeEpoch, forgetJournal } from '../../features/quotas/epochs.ts'
import { bytesOfId } from '../../features/usage/events.record.ts'
import type { Db } from '../../platform/db.ts'
import type { Journal } from '../../platform/journal/journal.ts'
import type { Log } from '../../platform/log/log.ts'

/**
 * Ends the life of a gateway that admits nothing more and has given its room back. When everything of it is in the database its epoch is
 * closed, also one that was taken over: what was charged for want of proof is taken back then. Only after that may the journal go: as long
 * as it is there, whoever starts next does what is missing.
 */
export async function endEpoch({ db, log }: { db: Db; log: Log }, journal: Journal, epoch: string): Promise<void> {
  const { openHolds, undrained } = journal.stats()
  let isClosed = false
  try {
    if (openHolds + undrained === 0) {
      await closeEpoch(db, epoch)
      isClosed = true
    } else log.warn({ openHolds, undrained }, 'the next start brings what is left in the journal to the database')
  } catch (err) {
    log.warn({ err }, 'the room that this gateway had stays taken until its next start')
    keep(journal, epoch)
  }
  try {
    await journal.close()
    if (isClosed) await forgetJournal(db, epoch)
  } catch (err) {
    log.error({ err }, 'the usage journal could not be closed cleanly')
  }
}

/** A journal in which nothing waits would be removed; with a note in it that nobody has drained, it is there for the next start. */
function keep(journal: Journal, epoch: string): void {
  try {
    journal.note(bytesOfId(epoch), Buffer.from('to be closed'))
  } catch {
    // Then the room stays taken until another gateway takes this epoch over.
  }
}
