import type { Bus } from '../platform/bus.ts'
import type { Log } from '../platform/log/log.ts'
import { workerMetrics } from './metrics.ts'
import type { Pool } from './pool/pool.ts'

/** Whoever changed something waits no longer than this for the workers; one that is stuck hears of the change like other machines do. */
const patienceMs = 1_000

/**
 * A bus on which `caughtUp` means the workers too: what was committed before is in force in every process of this installation, those about
 * to end included.
 */
export function busOfAll(bus: Bus, pool: Pool, log: Log): Bus {
  return {
    ...bus,
    async caughtUp() {
      const from = performance.now()
      const [, asked] = await Promise.all([bus.caughtUp(), pool.ask('catch_up', patienceMs)])
      const late = asked.filter(({ member, answer }) => answer === null && member.state() !== 'ended')
      if (late.length === 0) return workerMetrics.inForceEverywhere(performance.now() - from)
      workerMetrics.unconfirmed()
      log.warn({ workers: late.map(({ member }) => member.number) }, 'a change is not known to be in force in every gateway worker yet')
    },
  }
}
