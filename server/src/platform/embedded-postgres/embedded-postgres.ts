import { accessSync, constants, mkdirSync, realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Client } from 'pg'
import { findBinaries } from './binaries.ts'
import { DATABASE, prepareCluster, SUPERUSER, type Cluster } from './cluster.ts'
import { chooseEndpoint, connectionUrl } from './endpoint.ts'
import { lockFolder } from '../process/folder-lock.ts'
import { chooseIdentity } from './identity.ts'
import { boundLog } from './log-file.ts'
import { stopOrphan } from './orphan.ts'
import { supervise } from './supervisor.ts'

/** A running embedded PostgreSQL. `url` holds its password: never log it. */
export type EmbeddedPostgres = { url: string; version: string; stop: () => Promise<void> }

export type EmbeddedPostgresOptions = {
  /** folder of this installation; the database goes to `<dataDir>/postgres`, its log to `<dataDir>/postgres.log` */
  dataDir: string
  /** told what a person who started the program should know, one line each, no secrets */
  log: (line: string) => void
  /** how many connections it takes at once; 100 unless more are needed */
  connectionsMax?: number
  /** called once when PostgreSQL ended and could not be brought back */
  onLost?: (error: Error) => void
}

/**
 * Starts the PostgreSQL that comes with the dependencies on `<dataDir>`, creating the database at the first start, and
 * keeps it running until `stop`. It listens on a private socket, or on loopback where a socket is impossible.
 * @returns the superuser's connection string for the database `llm_manager`
 * @throws FolderInUseError when another process uses the folder; an Error that names the cause otherwise
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { log, connectionsMax = 100 } = options
  const dataDir = openDataDir(options.dataDir)
  const unlock = await lockFolder(dataDir)
  try {
    const folder = join(dataDir, 'postgres')
    const cluster: Cluster = { folder, dataDir, binaries: findBinaries(), identity: chooseIdentity(folder), connectionsMax }
    if (cluster.identity.note !== null) log(cluster.identity.note)
    await stopOrphan(folder, log)
    const password = await prepareCluster(cluster, log)
    const endpoint = await chooseEndpoint(dataDir, cluster.identity.owner)
    const logPath = join(dataDir, 'postgres.log')
    const unbound = boundLog(logPath)
    const supervisor = await supervise({ cluster, endpoint, logPath, log, onLost: options.onLost })
    const stop = async (): Promise<void> => {
      await supervisor.stop()
      unbound()
      unlock()
    }
    try {
      await ensureDatabase(connectionUrl(endpoint, SUPERUSER, password, 'postgres'))
    } catch (error) {
      await stop()
      throw error
    }
    return { url: connectionUrl(endpoint, SUPERUSER, password, DATABASE), version: cluster.binaries.version, stop }
  } catch (error) {
    unlock()
    throw error
  }
}

/** Makes the data folder where there is none (0700), and answers its real path. Throws naming it when it cannot be used. */
export function openDataDir(path: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
    return realpathSync(path)
  } catch (error) {
    throw new Error(`the data folder ${resolve(path)} cannot be used: ${(error as Error).message}`, { cause: error })
  }
}

async function ensureDatabase(adminUrl: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl })
  await client.connect()
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [DATABASE])
    if (found.rowCount === 0) await client.query(`create database ${DATABASE}`)
  } finally {
    await client.end()
  }
}
