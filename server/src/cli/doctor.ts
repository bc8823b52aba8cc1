import { sql } from 'kysely'
import { statfsSync } from 'node:fs'
import { verifyEncryptionKey } from '../features/provider-keys/secrets/encryption-key.ts'
import { readConfig, type Config } from '../platform/config.ts'
import type { Db } from '../platform/db.ts'
import { listEpochFolders } from '../platform/journal/folders/epoch-folder.ts'
import { surveyEpoch, type EpochSurvey } from '../platform/journal/survey.ts'
import { openKeyring } from '../platform/vault/keyring.ts'
import { askRunningDatabase, withDatabase } from './database.ts'
import { describeDamage, isForeign } from './journal/describe.ts'
import { drainedTo, journalDirOf, readKnown } from './journal/known.ts'

const freeBytesMin = 1024 ** 3

type Check = [name: string, run: () => Promise<string>]

/** Says of each thing an installation stands on whether it is well, also while it runs; exit code 1 when one is not. */
export async function doctor(): Promise<number> {
  const config = readConfig()
  const look = async (db: Db) => await report([...checksOfFolder(config), ...checksOfDatabase(config, db)])
  const running = config.databaseUrl ? null : await askRunningDatabase(config, look)
  return running && 'answer' in running ? running.answer : await withDatabase(config, look)
}

async function report(checks: Check[]): Promise<number> {
  let failures = 0
  for (const [name, check] of checks) {
    const [mark, said] = await check().then(
      (text) => ['ok', text],
      (error: unknown) => (failures++, ['WRONG', String(error instanceof Error ? error.message : error)]),
    )
    process.stdout.write(`${String(mark).padEnd(6)} ${name}: ${said}\n`)
  }
  return failures > 0 ? 1 : 0
}

function checksOfFolder(config: Config): Check[] {
  const disk = async () => {
    const { bavail, bsize } = statfsSync(config.dataDir)
    if (bavail * bsize < freeBytesMin) throw new Error(`only ${Math.floor((bavail * bsize) / 1024 ** 2)} MiB free at ${config.dataDir}`)
    return `${Math.floor((bavail * bsize) / 1024 ** 3)} GiB free at ${config.dataDir}`
  }
  return [
    ['configuration', async () => (config.generated.length > 0 ? `generated ${config.generated.join(' and ')}` : 'complete')],
    ['disk', disk],
  ]
}

function checksOfDatabase(config: Config, db: Db): Check[] {
  const unresolved = async () =>
    (await sql<{ count: bigint }>`select count(*) from usage_events where unresolved`.execute(db)).rows[0]!.count
  return [
    ['database', async () => (await sql<{ version: string }>`select version()`.execute(db)).rows[0]!.version],
    ['encryption key', async () => (await verifyEncryptionKey(db, openKeyring(config.encryptionKey.expose())), 'opens what is stored')],
    ['unresolved calls', async () => `${await unresolved()} charged at their reservation`],
    ['journals', () => lookAtJournals(config, db)],
  ]
}

/** Well: journals of living processes, and dead ones that the next start brings to this database. */
async function lookAtJournals(config: Config, db: Db): Promise<string> {
  const folders = await listEpochFolders(journalDirOf(config.dataDir))
  if (folders.length === 0) return 'none'
  const known = await readKnown(db)
  const surveys: EpochSurvey[] = []
  for (const folder of folders) surveys.push(await surveyEpoch(folder, drainedTo(known, folder.epoch)))
  const wrong = surveys.flatMap((survey) => [
    ...(isForeign(survey, known) ? [`${survey.folder} belongs to the database ${survey.database}, and this one is ${known.database}`] : []),
    ...survey.damage.map(describeDamage),
  ])
  if (wrong.length > 0) throw new Error(wrong.join('; '))
  const living = surveys.filter(({ owner }) => owner.state === 'alive')
  const waiting = surveys.reduce((sum, { settledNotDrained }) => sum + (settledNotDrained ?? 0), 0)
  return `${surveys.length}, of which ${living.length} of living processes; ${waiting} settled call(s) are not in the database yet`
}
