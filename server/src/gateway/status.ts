import type { Journal } from '../platform/journal/journal.ts'

/** What the process knows of its gateway. `revocationDelayMs`: from the last observed change to its being in force here. */
export type GatewayStatus = {
  openCalls: number
  waitingEvents: number
  lagSeconds: number
  admitting: boolean
  /** Why no call is admitted, and what comes close to that; for the operator. */
  problems: string[]
  warnings: string[]
  /** What the usage journal takes on the disk, and what it may take. */
  journalBytes: number
  journalBoundBytes: number
  revocationDelayMs: number | null
}

/** Part of its bound at which a journal is told of. */
const nearlyFull = 0.75

type JournalStatus = Pick<GatewayStatus, 'problems' | 'warnings' | 'journalBytes' | 'journalBoundBytes'>

/** How full a journal is, and why it takes no call if so. */
export function journalStatus(journal: Journal): JournalStatus {
  const refusal = journal.refusal()
  const { bytes, boundBytes } = journal.stats()
  const isNearlyFull = refusal === undefined && bytes >= boundBytes * nearlyFull
  return {
    problems: refusal === undefined ? [] : [problemOf(refusal, boundBytes)],
    warnings: isNearlyFull ? [`the usage journal takes ${mebibytes(bytes)} of at most ${mebibytes(boundBytes)} MiB (JOURNAL_MAX_MB)`] : [],
    journalBytes: bytes,
    journalBoundBytes: boundBytes,
  }
}

function problemOf(refusal: 'disk' | 'bound' | 'failed', boundBytes: number): string {
  if (refusal === 'bound')
    return `the usage journal has reached its bound of ${mebibytes(boundBytes)} MiB (JOURNAL_MAX_MB); calls are admitted again as the database takes it in`
  if (refusal === 'disk') return 'the usage journal gets no more room on its disk; calls are admitted again once there is some'
  return 'the usage journal could not be brought to its disk, or its folder is gone; see to the disk and start again'
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 ** 2)
}
