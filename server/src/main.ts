import { systemClock } from './platform/clock.ts'
import { ConfigRefused, readConfig, type Config } from './platform/config.ts'
import { startEmbeddedPostgres } from './platform/embedded-postgres/embedded-postgres.ts'
import { createLog, type Log } from './platform/log/log.ts'
import { startServer, type RunningServer } from './server.ts'

/** `server all`: the database (unless `DATABASE_URL` names one), the API and the gateway, until SIGINT or SIGTERM. */
async function main(): Promise<void> {
  const config = readConfig()
  const log = createLog(config.logLevel)
  const database = await startDatabase(config, log)
  let server: RunningServer
  try {
    server = await startServer(config, database.url, log, systemClock)
  } catch (error) {
    await database.stop()
    throw error
  }
  const stop = stopOnce(async () => {
    await server.close()
    await database.stop()
  })
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  process.on('disconnect', stop)
  const setupUrl = server.setupToken && `${config.publicUrl ?? `http://localhost:${config.consolePort}`}/setup?token=${server.setupToken}`
  process.send?.({ type: 'ready', apiUrl: server.origin, setupUrl })
  log.info({ address: server.origin }, 'listening')
}

async function startDatabase(config: Config, log: Log): Promise<{ url: string; stop(): Promise<void> }> {
  if (config.databaseUrl) return { url: config.databaseUrl.expose(), stop: async () => {} }
  const onLost = (err: Error) => {
    log.fatal({ err }, 'the database is gone')
    process.exit(1)
  }
  return await startEmbeddedPostgres({ dataDir: config.dataDir, log: (line) => log.info(line), onLost })
}

function stopOnce(stop: () => Promise<void>): () => void {
  let stopping = false
  return () => {
    if (stopping) return
    stopping = true
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
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
