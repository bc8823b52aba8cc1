import { systemClock } from './platform/time/clock.ts'
import { ConfigRefused, readConfig, type Config } from './platform/config.ts'
import { openDataDir, startEmbeddedPostgres } from './platform/embedded-postgres/embedded-postgres.ts'
import { lockFolder } from './platform/process/folder-lock.ts'
import { createLog, type Log } from './platform/log/log.ts'
import { connectionsOf } from './open-platform.ts'
import { startServer, type RunningServer } from './server.ts'
import { startWithWorkers } from './workers/primary.ts'

/**
 * `server all`: the database (unless `DATABASE_URL` names one), the API and the gateway, until SIGINT or SIGTERM. SIGUSR2 replaces the
 * gateway's workers.
 */
async function main(): Promise<void> {
  const stopping = watchStop()
  const config = readConfig()
  const log = createLog(config.logLevel)
  const start = config.gatewayWorkers > 1 ? startWithWorkers : startServer
  const lost = Promise.withResolvers<Error>()
  let server: RunningServer | null = null
  process.on('SIGUSR2', () => rollNow(server, log))
  const database = await startDatabase(config, log)
  try {
    if (!stopping.aborted) server = await start(config, database.url, log, systemClock, lost.resolve)
  } catch (error) {
    await database.stop()
    if (stopping.aborted) process.exit(0)
    throw error
  }
  let stopped: Promise<void> | null = null
  const stop = () => (stopped ??= stopAll(server, database))
  stopping.addEventListener('abort', () => endAfter(stop(), 0))
  if (stopping.aborted || !server) return endAfter(stop(), 0)
  void lost.promise.then((err) => {
    log.fatal({ err }, 'the gateway cannot go on; the server ends')
    endAfter(stop(), 1)
  })
  const setupUrl = server.setupToken && `${config.publicUrl ?? `http://localhost:${config.consolePort}`}/setup?token=${server.setupToken}`
  process.send?.({ type: 'ready', apiUrl: server.origin, setupUrl })
  log.info({ address: server.origin }, 'listening')
}

/** The database, and the data folder for this process alone: the journal in it can be only one's. */
async function startDatabase(config: Config, log: Log): Promise<{ url: string; stop(): Promise<void> }> {
  if (config.databaseUrl) {
    const unlock = await lockFolder(openDataDir(config.dataDir))
    return { url: config.databaseUrl.expose(), stop: async () => unlock() }
  }
  const onLost = (err: Error) => {
    log.fatal({ err }, 'the database is gone')
    process.exit(1)
  }
  return await startEmbeddedPostgres({
    dataDir: config.dataDir,
    log: (line) => log.info(line),
    connectionsMax: Math.max(100, connectionsOf(config.gatewayWorkers)),
    onLost,
  })
}

/** Aborted when the process is told to stop: from the first moment on, so that a start that is cut short leaves nothing running. */
function watchStop(): AbortSignal {
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.on(signal, () => stopping.abort())
  return stopping.signal
}

async function stopAll(server: RunningServer | null, database: { stop(): Promise<void> }): Promise<void> {
  await server?.close()
  await database.stop()
}

function rollNow(server: RunningServer | null, log: Log): void {
  if (!server) return log.warn('it is only starting: there is nothing to replace yet')
  server.roll().then(
    () => log.info('every gateway worker was replaced'),
    (err: unknown) => log.error({ err }, 'not every gateway worker was replaced'),
  )
}

function endAfter(stopped: Promise<void>, code: number): void {
  stopped.then(
    () => process.exit(code),
    () => process.exit(1),
  )
}

try {
  await main()
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  process.send?.({ type: 'failed', message })
  process.stderr.write(`${message}\n`)
  if (!(error instanceof ConfigRefused)) createLog('error').error({ err: error }, 'could not start')
  process.exit(1)
}
