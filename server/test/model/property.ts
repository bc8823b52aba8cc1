import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { sequence, type Sequence } from './commands.ts'
import type { ModelDatabase } from './database.ts'
import { play } from './play.ts'
import { openGates } from './sim/gates.ts'
import { closeWorld, openWorld, type Counts, type Plant } from './world.ts'

export type Settings = { plant?: Plant; counts?: Counts; isSerial?: boolean; isStrict?: boolean }

export function noCounts(): Counts {
  return { sequences: 0, commands: 0, statements: 0, choices: 0, admitted: 0, refused: 0 }
}

/** Whatever is played, in whatever order messages arrive, nothing is violated. */
export function modelProperty(database: ModelDatabase, settings: Settings) {
  return fc.asyncProperty(sequence, fc.scheduler(), (played, scheduler) => playOn(database, played, scheduler, settings))
}

/** Plays one sequence; throws when something is violated. */
export async function playOn(
  database: ModelDatabase,
  played: Sequence,
  scheduler: fc.Scheduler,
  { plant = null, counts = noCounts(), isSerial = true, isStrict = false }: Settings = {},
): Promise<void> {
  const world = await openWorld(database, openGates(isSerial ? scheduler : null), played.limits, { isSerial, plant, isStrict, counts })
  try {
    await play(world, played)
    tell(counts)
  } finally {
    closeWorld(world)
  }
}

export type Found = fc.RunDetails<[Sequence, fc.Scheduler]>

/** A word now and then, of a run that lasts. */
function tell({ sequences, admitted }: Counts): void {
  if (sequences % 500 === 0) process.stdout.write(`model: ${sequences} sequences, ${admitted} calls let in\n`)
}

/** The sequence that has failed, and how, to be read and to be played again. */
export function describe(found: Found): string {
  const [{ commands, ...setting }, scheduler] = found.counterexample!
  return [
    `seed ${found.seed}, path "${found.counterexamplePath}", after ${found.numRuns} runs and ${found.numShrinks} shrinks`,
    JSON.stringify(setting),
    ...commands.map((command) => JSON.stringify(command)),
    // The order in which messages arrived, on demand.
    ...(process.env.MODEL_TRACE ? scheduler.report().map(({ label }) => label) : []),
    found.errorInstance instanceof Error ? (found.errorInstance.stack ?? '') : '',
  ].join('\n')
}

/** Seeds that have failed once, and where behind them. They are played first, for ever. */
export function keptSeeds(): { seed: number; path: string; found: string }[] {
  return JSON.parse(readFileSync(new URL('seeds.json', import.meta.url), 'utf8')) as { seed: number; path: string; found: string }[]
}
