import { parseArgs } from 'node:util'
import { checkBooks, measureBooks, rebuildBooks } from '../features/usage/books/books.ts'
import type { Difference } from '../features/usage/books/books.checks.ts'
import { readConfig, type Config } from '../platform/config.ts'
import { openDb, type Db } from '../platform/db.ts'
import { findRunningPostgres } from '../platform/embedded-postgres/running.ts'
import { withDatabase } from './database.ts'

const usage = 'books check [--rebuild]'
/** The books of years take their time. */
const patienceMs = 6 * 3600_000

/**
 * Looks whether counters, ledger, roll-ups, events and leases say the same, also while gateways run, and lists what differs. `--rebuild`
 * makes counters and roll-ups anew where they do. Exit code 0 all the same (in the end), 1 not, 2 not understood.
 */
export async function lookAtBooks(args: string[]): Promise<number> {
  const rebuilds = readArgs(args)
  if (typeof rebuilds === 'string') {
    process.stderr.write(`${rebuilds}\nnpm run llm-manager -- ${usage}\n`)
    return 2
  }
  return await withBooks(readConfig(), async (db) => {
    const { events, entries, counters, rollups } = await measureBooks(db)
    say(`${events} events, ${entries} entries in the ledger, ${counters} counters, ${rollups} rows of figures`)
    const found = tell(await checkBooks(db))
    if (found === 0 || !rebuilds) return found > 0 ? 1 : 0
    const rebuilt = await rebuildBooks(db, new Date())
    say(`\nmade anew: ${rebuilt.counters} counters, ${rebuilt.rollups} rows of figures; checked again:`)
    return tell(await checkBooks(db)) > 0 ? 1 : 0
  })
}

function readArgs(args: string[]): boolean | string {
  try {
    return parseArgs({ args, options: { rebuild: { type: 'boolean' } } }).values.rebuild === true
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** On the database that runs, else on the embedded one, started for it. */
async function withBooks(config: Config, work: (db: Db) => Promise<number>): Promise<number> {
  const onUrl = async (url: string) => {
    const { db, close } = openDb(url, 1, patienceMs)
    try {
      return await work(db)
    } finally {
      await close()
    }
  }
  const running = config.databaseUrl?.expose() ?? findRunningPostgres(config.dataDir)
  return running === null ? await withDatabase(config, (_, url) => onUrl(url)) : await onUrl(running)
}

/** Answers how many there were. */
function tell(differences: readonly Difference[]): number {
  for (const [what, those] of Map.groupBy(differences, (difference) => difference.what)) {
    say(`\n${those.length}× ${what}`)
    for (const difference of those) say(`  ${describe(difference)}`)
  }
  say(differences.length === 0 ? 'the books agree' : `\n${differences.length} difference(s)`)
  return differences.length
}

function describe({ tenant_id, of, booked, due }: Difference): string {
  const place = Object.entries({ tenant_id, ...of }).map(([name, value]) => `${name.replace(/_id$/, '')} ${value}`)
  return `${place.join(', ')}: there is ${booked ?? 'nothing'}, ought to be ${due ?? 'nothing'}`
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
