import { abandonEpochs, listExpiredEpochs, type AbandonedEpoch } from '../../features/quotas/epochs.ts'
import { termMs } from '../../features/quotas/leases/state.ts'
import type { Db } from '../../platform/db.ts'
import type { Log } from '../../platform/log/log.ts'
import { gatewayMetrics } from '../metrics.ts'

/** So long behind its term an epoch is left in peace: the longest call, and the time that it takes to the database. */
export const graceMs = 15 * 60_000
const sweepEveryMs = 30_000

export type SweepOptions = {
  db: Db
  log: Log
  /** Of this process, which does not take itself over. */
  epoch: string
  graceMs?: number
  /** Milliseconds of a clock that only goes forward. */
  now?: () => number
}

export type Sweeper = {
  /** Looks once; answers what was taken over. */
  look(): Promise<AbandonedEpoch[]>
  /** Resolves when no look is under way. */
  close(): Promise<void>
}

/**
 * Takes over the epochs of processes that ended without a word and whose journal nobody brought, from time to time. One look is not
 * enough: on a box that slept, or whose clock was set, all its neighbours seem to have expired, and say otherwise within a term.
 */
export function startSweeper({ db, log, epoch: own, graceMs: grace = graceMs, now = () => performance.now() }: SweepOptions): Sweeper {
  /** When an epoch was first seen to have expired, by the end of the term that it had then. */
  let seen = new Map<string, number>()
  let looking: Promise<AbandonedEpoch[]> | null = null
  const timer = setInterval(
    () => void look().catch((err: unknown) => log.warn({ err }, 'expired epochs could not be looked for')),
    sweepEveryMs,
  )
  timer.unref()

  function look(): Promise<AbandonedEpoch[]> {
    looking ??= lookOnce().finally(() => (looking = null))
    return looking
  }

  async function lookOnce(): Promise<AbandonedEpoch[]> {
    const expired = await listExpiredEpochs(db, own, grace)
    const atMs = now()
    const before = seen
    seen = new Map(expired.map((epoch) => [nameOf(epoch), before.get(nameOf(epoch)) ?? atMs]))
    const due = expired.filter((epoch) => atMs - seen.get(nameOf(epoch))! >= termMs)
    if (due.length === 0) return []
    const ids = due.map(({ id }) => id)
    const abandoned = await abandonEpochs(db, ids, grace)
    for (const one of abandoned) tell(log, one)
    return abandoned
  }

  return {
    look,
    async close() {
      clearInterval(timer)
      await looking?.catch(() => {})
    },
  }
}

const nameOf = ({ id, expires_at }: { id: string; expires_at: Date }): string => `${id} ${expires_at.getTime()}`

function tell(log: Log, { epoch, charged, sums }: AbandonedEpoch): void {
  gatewayMetrics.abandoned()
  log.error(
    { epoch, leases: Number(charged), sums },
    'nothing was heard of a gateway for long: what it had of limits is charged, until its journal is brought to the database',
  )
}
