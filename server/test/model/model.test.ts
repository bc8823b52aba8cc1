import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openModelDatabase, type ModelDatabase } from './database.ts'
import { describe as told, keptSeeds, modelProperty, noCounts } from './property.ts'
import { installTimers } from './sim/timers.ts'

/**
 * The money protocol against a reference that shares no code with it: two or three processes on one PostgreSQL, with everything real but
 * HTTP, the provider, and time. What happens, what goes wrong, and the order in which messages arrive is chosen by fast-check.
 *
 *   MODEL_RUNS=5000   plays so many sequences instead of 300
 *   MODEL_SEED=n      plays those of a seed; with MODEL_PATH the very one that has failed
 *   MODEL_SHRINK=1    reduces what has failed to the least that fails
 *   MODEL_TRACE=1     tells in which order messages arrived
 *
 * A seed that has failed belongs into seeds.json, and what was found by it into found.test.ts, as the sequence that is left of it.
 */

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

const given = (name: string) => (process.env[name] === undefined ? undefined : Number(process.env[name]))

describe('whatever happens between processes and their database, no money is lost, counted twice, or spent beyond a limit', () => {
  test.each(keptSeeds())('seed $seed, by which was found: $found', async ({ seed, path }) => {
    const found = await fc.check(modelProperty(database, {}), { seed, path, numRuns: 1, endOnFailure: true })
    if (found.failed) throw new Error(told(found))
  })

  test('sequences of its own', { timeout: 0 }, async () => {
    const counts = noCounts()
    const found = await fc.check(modelProperty(database, { counts }), {
      numRuns: given('MODEL_RUNS') ?? 300,
      seed: given('MODEL_SEED'),
      path: process.env.MODEL_PATH,
      endOnFailure: process.env.MODEL_SHRINK === undefined,
    })
    process.stdout.write(`model: seed ${found.seed}, ${JSON.stringify(counts)}\n`)
    if (found.failed) throw new Error(told(found))
    expect(counts.sequences).toBeGreaterThan(0)
  })
})
