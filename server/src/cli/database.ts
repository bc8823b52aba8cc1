import type { Config } from '../platform/config.ts'
import { openDb, type Db } from '../platform/db.ts'
import { startEmbeddedPostgres } from '../platform/embedded-postgres/embedded-postgres.ts'
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
