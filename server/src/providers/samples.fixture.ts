import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Recorded provider answers that tests may read; where there are none, those tests are skipped. */
export type Samples = { areThere: boolean; names: readonly string[]; read(name: string): Buffer }

/** The recorded answers of a folder (tests pass `PROVIDER_SAMPLES_DIR`), or none. */
export function samplesIn(folder: string | undefined): Samples {
  if (!folder) return { areThere: false, names: [], read: () => Buffer.alloc(0) }
  return { areThere: true, names: readdirSync(folder).toSorted(), read: (name) => readFileSync(join(folder, name)) }
}
