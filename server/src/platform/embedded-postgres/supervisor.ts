import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'
import type { Endpoint } from './endpoint.ts'
import { startPostmaster, stopPostmaster, type Postmaster } from './postmaster.ts'

const MAX_RESTARTS = 5
const RESTART_WINDOW_MS = 60_000
const RESTART_WAIT_MS = 200

type Watched = {
  cluster: Cluster
  endpoint: Endpoint
  logPath: string
  log: (line: string) => void
  onLost: ((error: Error) => void) | undefined
}

/**
 * Starts PostgreSQL and starts it again, at the same address, when it ends by itself: at most five times in a minute, then
 * `onLost` is told why. When our process exits without `stop`, PostgreSQL is asked to shut down.
 */
export async function supervise(watched: Watched): Promise<{ stop: () => Promise<void> }> {
  let current: Postmaster = await startPostmaster(watched.cluster, watched.endpoint, watched.logPath)
  let stopping = false
  const endWithUs = (): void => void current.child.kill('SIGINT')
  process.once('exit', endWithUs)
  const watching = keepRunning()

  async function keepRunning(): Promise<void> {
    const ends: number[] = []
    for (;;) {
      const how = await current.ended
      if (stopping) return
      ends.push(Date.now())
      if (ends.filter((at) => at > Date.now() - RESTART_WINDOW_MS).length > MAX_RESTARTS)
        throw new Error(`PostgreSQL ended ${MAX_RESTARTS + 1} times within a minute (${how})`)
      watched.log(`PostgreSQL ended by itself (${how}); starting it again`)
      await sleep(RESTART_WAIT_MS)
      if (stopping) return
      current = await startPostmaster(watched.cluster, watched.endpoint, watched.logPath)
    }
  }

  watching.catch((error: unknown) => {
    process.off('exit', endWithUs)
    if (!stopping) watched.onLost?.(error instanceof Error ? error : new Error(String(error)))
  })
  const stop = async (): Promise<void> => {
    stopping = true
    await stopPostmaster(watched.cluster, current)
    await watching.catch(() => undefined)
    await stopPostmaster(watched.cluster, current)
    process.off('exit', endWithUs)
  }
  return { stop }
}
