import { sql } from 'kysely'
import { statfsSync } from 'node:fs'
import { verifyEncryptionKey } from '../features/provider-keys/secrets/encryption-key.ts'
import { readConfig } from '../platform/config.ts'
import { openKeyring } from '../platform/vault/keyring.ts'
import { withDatabase } from './database.ts'

const freeBytesMin = 1024 ** 3

/** Says of each thing an installation stands on whether it is well; exit code 1 when one is not. */
export async function doctor(): Promise<number> {
  const config = readConfig()
  const checks: [string, () => Promise<string>][] = []
  const disk = async () => {
    const { bavail, bsize } = statfsSync(config.dataDir)
    if (bavail * bsize < freeBytesMin) throw new Error(`only ${Math.floor((bavail * bsize) / 1024 ** 2)} MiB free at ${config.dataDir}`)
    return `${Math.floor((bavail * bsize) / 1024 ** 3)} GiB free at ${config.dataDir}`
  }
  checks.push(
    ['configuration', async () => (config.generated.length > 0 ? `generated ${config.generated.join(' and ')}` : 'complete')],
    ['disk', disk],
  )
  return await withDatabase(config, async (db) => {
    checks.push(['database', async () => (await sql<{ version: string }>`select version()`.execute(db)).rows[0]!.version])
    checks.push([
      'encryption key',
      async () => (await verifyEncryptionKey(db, openKeyring(config.encryptionKey.expose())), 'opens what is stored'),
    ])
    const unresolved = async () =>
      (await sql<{ count: bigint }>`select count(*) from usage_events where unresolved`.execute(db)).rows[0]!.count
    checks.push(['unresolved calls', async () => `${await unresolved()} charged at their reservation`])
    let failures = 0
    for (const [name, check] of checks) {
      const [mark, said] = await check().then(
        (text) => ['ok', text],
        (error: unknown) => (failures++, ['WRONG', String(error instanceof Error ? error.message : error)]),
      )
      process.stdout.write(`${String(mark).padEnd(6)} ${name}: ${said}\n`)
    }
    return failures > 0 ? 1 : 0
  })
}
