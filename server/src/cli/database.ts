import type { Config } from '../platform/config.ts'
import { openDb, type Db } from '../platform/db.ts'
import { startEmbeddedPostgres } from '../platform/embedded-postgres/embedded-postgres.ts'
import { findRunningPostgres } from '../platform/embedded-postgres/running.ts'
import { migrate } from '../platform/migrate.ts'

/** Runs `work` on the installation's database, brought to the newest version. The embedded one is started for it, and stopped after. */
export async function withDatabase(config: Config, work: (db: Db, url: string) => Promise<number>): Promise<number> {
  const say = (line: string) => void process.stdout.write(`${line}\n`)
  const embedded = config.databaseUrl ? null : await startEmbeddedPostgres({ dataDir: config.dataDir, log: say })
  try {
    const url = embedded?.url ?? config.databaseUrl!.expose()
    for (const name of await migrate(url)) say(`migrated ${name}`)
    const { db, close } = openDb(url, 2)
    try {
      return await work(db, url)
    } finally {
      await close()
    }
  } finally {
    await embedded?.stop()
  }
}

/** What was found out on a database, or why none could be asked; the text is for a person. */
export type Asked<T> = { answer: T } | { unreachable: string }

/** Runs `ask` on the installation's database as it is: nothing is started, migrated or waited for. */
export async function askRunningDatabase<T>(
  config: Pick<Config, 'databaseUrl' | 'dataDir'>,
  ask: (db: Db) => Promise<T>,
): Promise<Asked<T>> {
  const url = config.databaseUrl?.expose() ?? findRunningPostgres(config.dataDir)
  if (url === null) return { unreachable: 'the embedded database does not run' }
  const { db, close } = openDb(url, 1)
  try {
    return { answer: await ask(db) }
  } catch (error) {
    return { unreachable: error instanceof Error ? error.message : String(error) }
  } finally {
    await close()
  }
}
