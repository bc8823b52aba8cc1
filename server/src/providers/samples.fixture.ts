import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The folder of recorded provider answers that tests may read; undefined where there is none, and those tests are skipped. */
export const samplesDir: string | undefined = process.env.PROVIDER_SAMPLES_DIR || undefined

/** The bytes of a recorded answer. Only to be called where `samplesDir` is set. */
export function sample(name: string): Buffer {
  return readFileSync(join(samplesDir ?? '', name))
}

/** The names of all recorded answers, or none. */
export function sampleNames(): string[] {
  return samplesDir === undefined ? [] : readdirSync(samplesDir).sort()
}
