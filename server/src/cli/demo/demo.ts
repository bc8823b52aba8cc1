import { writeFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { prepareInstallation } from '../../features/sessions/setup.ts'
import { hasPlatformAdmin } from '../../features/users/identify.ts'
import { openPlatform } from '../../open-platform.ts'
import { systemClock } from '../../platform/time/clock.ts'
import { readConfig } from '../../platform/config.ts'
import { createLog } from '../../platform/log/log.ts'
import { withDatabase } from '../database.ts'
import { writeHistory } from './history.ts'
import { seedDemo, type DemoPrice } from './seed.ts'

/**
 * Fills an empty installation for a demonstration: needs ADMIN_EMAIL, ADMIN_PASSWORD, providers that answer (the simulator), and the
 * file of the simulator's prices. What the agents call with is left in `<DATA_DIR>/demo.json` (0600). Does nothing where people are already.
 */
export async function seed([pricesFile]: string[]): Promise<number> {
  const config = readConfig()
  const { admin } = config
  if (!pricesFile || !admin) throw new Error('demo seed <price file>: ADMIN_EMAIL and ADMIN_PASSWORD say who administers it')
  return await withDatabase(config, async (db, url) => {
    if (await hasPlatformAdmin(db)) return 0
    const { platform, close } = await openPlatform(config, url, createLog('warn'), systemClock)
    try {
      await prepareInstallation(platform)
      const { callers, keys, limits } = await seedDemo(platform, pricesFile, admin.email, admin.password.expose())
      const usageLimits = await db.selectFrom('limits').select(['id', 'subject_id']).where('origin', '=', 'usage_limit').execute()
      const limitIds = new Map(usageLimits.map((limit) => [limit.subject_id, limit.id]))
      const prices = JSON.parse(readFileSync(pricesFile, 'utf8')) as DemoPrice[]
      const count = await writeHistory(
        db,
        url,
        callers,
        { keys, prices, limits, limitIdOf: (keyId) => limitIds.get(keyId)! },
        systemClock(),
      )
      writeFileSync(join(config.dataDir, 'demo.json'), JSON.stringify(callers), { mode: 0o600 })
      process.stdout.write(`three tenants, ${callers.length} agents and ${count} calls of the last two weeks are in place\n`)
      return 0
    } finally {
      await close()
    }
  })
}
