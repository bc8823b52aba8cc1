import { join } from 'node:path'
import { sql } from 'kysely'
import { ConfigRefused, peekConfig, readConfig } from '../../platform/config.ts'
import type { Db } from '../../platform/db.ts'
import { askRunningDatabase, type Asked } from '../database.ts'

/**
 * What the database knows of journals: which installation it is of, how far each journal has been brought to it, and the epochs whose
 * process was heard of lately, on whatever machine.
 */
export type Known = { database: string; positions: ReadonlyMap<string, number>; living: ReadonlySet<string> }

/** The journals' folder of this installation. */
export function journalDirOf(dataDir: string): string {
  return join(dataDir, 'journal')
}

/** Asks the database that runs now, if any; a folder that holds no installation is not made one. */
export async function askKnown(): Promise<Asked<Known>> {
  const { dataDir, isInstalled } = peekConfig()
  if (!isInstalled) return { unreachable: `there is no DATABASE_URL, and no embedded database in ${dataDir}` }
  try {
    return await askRunningDatabase(readConfig(), readKnown)
  } catch (error) {
    if (error instanceof ConfigRefused) return { unreachable: error.message }
    throw error
  }
}

/** Throws when the database was never migrated, or has no installation in it yet. */
export async function readKnown(db: Db): Promise<Known> {
  const { rows: roots } = await sql<{ id: string }>`select id from tenants where is_root`.execute(db)
  const [root] = roots
  if (!root) throw new Error('the database holds no installation yet')
  const { rows } = await sql<{ epoch: string; position: bigint }>`select epoch, position from journal_positions`.execute(db)
  const { rows: epochs } = await sql<{ id: string }>`select id from epochs where expires_at > now() and blocked_at is null`.execute(db)
  return {
    database: root.id,
    positions: new Map(rows.map(({ epoch, position }) => [epoch, Number(position)])),
    living: new Set(epochs.map(({ id }) => id)),
  }
}

/** Where the database has got to in an epoch; undefined when no database was asked. */
export function drainedTo(known: Known | null, epoch: string): number | undefined {
  return known === null ? undefined : (known.positions.get(epoch) ?? 0)
}
