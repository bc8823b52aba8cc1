import { systemClock } from './platform/clock.ts'
import { ConfigRefused, readConfig, type Config } from './platform/config.ts'
import { openDataDir, startEmbeddedPostgres } from './platform/embedded-postgres/embedded-postgres.ts'
import { lockFolder } from './platform/process/folder-lock.ts'
import { createLog, type Log } from './platform/log/log.ts'
import { startServer, type RunningServer } from './server.ts'

/** `server all`: the database (unless `DATABASE_URL` names one), the API and the gateway, until SIGINT or SIGTERM. */
async function main(): Promise<void> {
  const stopping = watchStop()
  const config = readConfig()
  const log = createLog(config.logLevel)
  const database = await startDatabase(config, log)
  let server: RunningServer | null = null
  try {
    if (!stopping.aborted) server = await startServer(config, database.url, log, systemClock)
  } catch (error) {
    await database.stop()
    throw error
  }
  const stop = async () => {
    await server?.close()
    await database.stop()
  }
  stopping.addEventListener('abort', () => endAfter(stop))
  if (stopping.aborted || !server) return endAfter(stop)
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
  return await startEmbeddedPostgres({ dataDir: config.dataDir, log: (line) => log.info(line), onLost })
}

/** Aborted when the process is told to stop: from the first moment on, so that a start that is cut short leaves nothing running. */
function watchStop(): AbortSignal {
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.on(signal, () => stopping.abort())
  return stopping.signal
}

function endAfter(stop: () => Promise<void>): void {
  stop().then(
    () => process.exit(0),
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
