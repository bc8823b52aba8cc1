import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'
import type { Endpoint } from './endpoint.ts'
import { startPostmaster, stopPostmaster, type Postmaster } from './postmaster.ts'

const FIRST_WAIT_MS = 200
const LONGEST_WAIT_MS = 5_000
const LOST_AFTER_MS = 600_000

type Watched = {
  cluster: Cluster
  endpoint: Endpoint
  logPath: string
  log: (line: string) => void
  onLost: ((error: Error) => void) | undefined
}

/**
 * Starts PostgreSQL and starts it again, at the same address, whenever it ends by itself (killed, or the disk was full). It is tried again for
 * ten minutes, since much goes on without a database and a disk can be cleared; then `onLost` is told why. When our
 * process exits without `stop`, PostgreSQL is asked to shut down.
 */
export async function supervise(watched: Watched): Promise<{ stop: () => Promise<void> }> {
  let current: Postmaster = await startPostmaster(watched.cluster, watched.endpoint, watched.logPath)
  const stopping = new AbortController()
  const endWithUs = (): void => void current.child.kill('SIGINT')
  process.once('exit', endWithUs)

  async function keepRunning(): Promise<void> {
    for (;;) {
      const how = await current.ended
      if (stopping.signal.aborted) return
      watched.log(`PostgreSQL ended by itself (${how}); starting it again`)
      const next = await startAgain(watched, stopping.signal)
      if (next === null) return
      current = next
    }
  }

  const watching = keepRunning()
  watching.catch((error: unknown) => {
    if (!stopping.signal.aborted) watched.onLost?.(error instanceof Error ? error : new Error(String(error)))
  })
  const stop = async (): Promise<void> => {
    stopping.abort()
    await stopPostmaster(watched.cluster, current)
    await watching.catch(() => undefined)
    await stopPostmaster(watched.cluster, current)
    process.off('exit', endWithUs)
  }
  return { stop }
}

/** Null when it was stopped meanwhile. @throws the last reason when ten minutes were not enough */
async function startAgain({ cluster, endpoint, logPath, log }: Watched, stopping: AbortSignal): Promise<Postmaster | null> {
  const giveUpAt = Date.now() + LOST_AFTER_MS
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    await sleep(waitMs, undefined, { signal: stopping }).catch(() => undefined)
    if (stopping.aborted) return null
    try {
      const postmaster = await startPostmaster(cluster, endpoint, logPath)
      log('PostgreSQL is back')
      return postmaster
    } catch (error) {
      if (Date.now() > giveUpAt) throw error
      log(`PostgreSQL cannot be started now, trying again: ${(error as Error).message.split('\n')[0]}`)
    }
  }
}
