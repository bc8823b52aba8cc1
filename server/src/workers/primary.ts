import cluster from 'node:cluster'
import { fileURLToPath } from 'node:url'
import { mountApi } from '../api/mount.ts'
import { prepareInstallation } from '../features/sessions/setup.ts'
import { originOf, probePort } from '../listen.ts'
import { openPlatform } from '../open-platform.ts'
import type { Clock } from '../platform/time/clock.ts'
import type { Config } from '../platform/config.ts'
import type { Log } from '../platform/log/log.ts'
import type { RunningServer } from '../server.ts'
import { createPrivateServer } from './api-socket/private-socket.ts'
import { busOfAll } from './changes.ts'
import { openCounts } from './counts.ts'
import { workerMetrics } from './metrics.ts'
import { startMember } from './pool/member.ts'
import { createPool } from './pool/pool.ts'
import { statusOfAll } from './status.ts'

/**
 * The same as `startServer`, in several processes: this one migrates, serves the API on a private socket and watches over the workers, which
 * are the gateway, share the port, and pass on to the API what is the API's. Throws like it, with nothing left running.
 * `onMustEnd` is told once when no worker can be kept running.
 */
export async function startWithWorkers(
  config: Config,
  databaseUrl: string,
  log: Log,
  now: Clock,
  onMustEnd: (reason: Error) => void,
): Promise<RunningServer> {
  const undo: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const step of undo.reverse().splice(0)) await step().catch((err: unknown) => log.error({ err }, 'could not stop cleanly'))
  }
  try {
    const port = await probePort(config.host, config.apiPort)
    const { platform, close: closePlatform } = await openPlatform(config, databaseUrl, log, now)
    undo.push(closePlatform)
    const { setupToken } = await prepareInstallation(platform)
    const api = createPrivateServer(config.dataDir)
    undo.push(async () => api.remove())
    shareListener()
    const counts = openCounts()
    const pool = createPool({
      count: config.gatewayWorkers,
      log,
      start: (number) => startMember(number, { databaseUrl, apiSocket: api.path, port }),
      onEnded: counts.keep,
      onGivenUp: onMustEnd,
    })
    const view = { status: () => statusOfAll(pool), metrics: () => counts.text(pool) }
    const mounted = await mountApi({ ...platform, bus: busOfAll(platform.bus, pool, log) }, api.server, view)
    undo.push(mounted.close)
    api.server.on('request', mounted.handle)
    await api.listen()
    undo.push(pool.close)
    await pool.start()
    workerMetrics.watch(() => pool.places.filter(({ member }) => member?.state() === 'ready').length)
    return { origin: originOf(config.host, port), setupToken, platform, close, roll: pool.roll }
  } catch (error) {
    await close()
    throw error
  }
}

/**
 * Every worker accepts on the one listening socket. The other way of `cluster`, where the primary accepts and hands connections over,
 * loses those that are on their way to a worker that ends, and waits for whatever else the primary does (docs/decisions/0006).
 */
function shareListener(): void {
  cluster.schedulingPolicy = cluster.SCHED_NONE
  cluster.setupPrimary({ exec: fileURLToPath(new URL('./worker.ts', import.meta.url)), args: [], execArgv: [] })
}
