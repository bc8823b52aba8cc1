import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { readConfig, type Config } from '../../platform/config.ts'
import { adoptJournal } from '../../platform/journal/adopt.ts'
import { segmentNamesIn } from '../../platform/journal/disk/scan.ts'
import { listEpochFolders } from '../../platform/journal/folders/epoch-folder.ts'
import { askRunningDatabase, withDatabase } from '../database.ts'
import { journalDirOf, readKnown, type Known } from './known.ts'

const usage = 'journal adopt <folder> [--damaged]'

/**
 * Copies a journal that was rescued from another disk or machine into the data folder, where the next start brings its calls to the
 * database; a folder of several journals likewise. Exit code 0 all taken in, 1 refused or failed, 2 not understood.
 */
export async function adoptJournals(args: string[]): Promise<number> {
  const asked = readArgs(args)
  if (typeof asked === 'string') {
    process.stderr.write(`${asked}\nnpm run llm-manager -- ${usage}\n`)
    return 2
  }
  const config = readConfig()
  const sources = await journalsIn(asked.folder)
  const known = await knownOf(config)
  let refused = 0
  for (const source of sources) if (!(await adoptOne(source, config, known, asked.evenDamaged))) refused += 1
  return refused > 0 ? 1 : 0
}

function readArgs(args: string[]): { folder: string; evenDamaged: boolean } | string {
  try {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { damaged: { type: 'boolean' } } })
    const [folder, ...others] = positionals
    if (folder === undefined || others.length > 0) return 'name one folder'
    if (!existsSync(folder)) return `there is no folder ${folder}`
    return { folder: resolve(folder), evenDamaged: values.damaged === true }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** The folder itself, or those in it when it is one of journals. */
async function journalsIn(folder: string): Promise<string[]> {
  if ((await segmentNamesIn(folder)).length > 0) return [folder]
  const inside = (await listEpochFolders(folder)).map(({ path }) => path)
  return inside.length > 0 ? inside : [folder]
}

/** From the database that runs, else from the embedded one, started for it. */
async function knownOf(config: Config): Promise<Known> {
  const asked = await askRunningDatabase(config, readKnown)
  if ('answer' in asked) return asked.answer
  if (config.databaseUrl || !existsSync(join(config.dataDir, 'postgres')))
    throw new Error(`the database that the journal should belong to cannot be asked: ${asked.unreachable}`)
  const found: Known[] = []
  await withDatabase(config, async (db) => {
    found.push(await readKnown(db))
    return 0
  })
  return found[0]!
}

async function adoptOne(source: string, config: Config, { database, living }: Known, evenDamaged: boolean): Promise<boolean> {
  try {
    const { epoch, settled, openHolds, damage } = await adoptJournal(source, journalDirOf(config.dataDir), {
      database,
      living,
      evenDamaged,
    })
    const lost = damage.length > 0 ? `; calls in ${damage.length} damaged stretch(es) are lost` : ''
    process.stdout.write(
      `Took in ${epoch}: ${settled} settled and ${openHolds} open call(s)${lost}. The next start brings them to the database.\n`,
    )
    return true
  } catch (error) {
    process.stderr.write(`${source}: ${error instanceof Error ? error.message : String(error)}\n`)
    return false
  }
}
