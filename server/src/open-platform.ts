import { verifyEncryptionKey } from './features/provider-keys/secrets/encryption-key.ts'
import { openBus } from './platform/bus.ts'
import type { Clock } from './platform/time/clock.ts'
import type { Config } from './platform/config.ts'
import type { Platform } from './platform/ctx.ts'
import { openDb } from './platform/db.ts'
import { createEgress } from './platform/egress/egress.ts'
import type { Log } from './platform/log/log.ts'
import { migrate } from './platform/migrate.ts'
import { openKeyring } from './platform/vault/keyring.ts'

/** Ollama's own default address, which a key without a base URL means. */
const localOllama = 'http://localhost:11434'

/** Connections of one process to the database, besides the one that hears of changes. */
const connectionsMax = 10
/** A worker reads changes and drains usage, hardly ever at the same time. */
const connectionsOfWorkerMax = 4

/** What a server with so many workers takes at most: of each, while it is replaced, two, with their sessions for changes, leases and usage. */
export function connectionsOf(gatewayWorkers: number): number {
  const spare = 20
  return connectionsMax + spare + 2 * gatewayWorkers * (connectionsOfWorkerMax + 3)
}

/**
 * What every process stands on, over a database that is there already: migrated (by the one process that is no worker of another), and
 * opened only with the encryption key that its secrets were written with. Throws when any of that fails, with nothing left open.
 */
export async function openPlatform(
  config: Config,
  databaseUrl: string,
  log: Log,
  now: Clock,
  { isWorker = false } = {},
): Promise<{ platform: Platform; close: () => Promise<void> }> {
  if (!isWorker) for (const name of await migrate(databaseUrl)) log.info({ migration: name }, 'migrated')
  const { db, close: closeDb } = openDb(databaseUrl, isWorker ? connectionsOfWorkerMax : connectionsMax)
  try {
    const keyring = openKeyring(config.encryptionKey.expose())
    await verifyEncryptionKey(db, keyring)
    const egress = createEgress({ allow: config.egressAllow, trustedOrigins: [localOllama, ...Object.values(config.baseUrls)] })
    const bus = await openBus(databaseUrl, log)
    const close = async () => {
      await bus.close()
      await egress.close()
      await closeDb()
    }
    return { platform: { config, db, bus, keyring, egress, now, log }, close }
  } catch (error) {
    await closeDb()
    throw error
  }
}
