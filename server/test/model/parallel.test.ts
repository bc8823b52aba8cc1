import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openModelDatabase, type ModelDatabase } from './database.ts'
import { describe as told, modelProperty, noCounts } from './property.ts'
import { installTimers } from './sim/timers.ts'

/** The same sequences with every message on its way at once: what comes before what is left to PostgreSQL, its locks, and the machine. */

let database: ModelDatabase
let restoreTimers: () => void
beforeAll(async () => {
  restoreTimers = installTimers()
  database = await openModelDatabase()
})
afterAll(async () => {
  restoreTimers()
  await database.close()
})

test(
  'with statements of all processes at once no grant passes a limit, nobody runs into a deadlock, and every sum is right',
  { timeout: 0 },
  async () => {
    const counts = noCounts()
    const found = await fc.check(modelProperty(database, { counts, isSerial: false }), {
      numRuns: Number(process.env.MODEL_RUNS ?? 300) / 5,
      endOnFailure: process.env.MODEL_SHRINK === undefined,
    })
    process.stdout.write(`model in parallel: seed ${found.seed}, ${JSON.stringify(counts)}\n`)
    if (found.failed) throw new Error(told(found))
    expect(counts.sequences).toBeGreaterThan(0)
  },
)
