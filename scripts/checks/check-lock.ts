import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { completeLock, type Lock } from '../lock-complete.ts'

/** Parts of other systems that the lock lacks, by which `npm ci` would refuse it on a clean machine. */
export function checkLock(lock: Lock): string[] {
  return completeLock(structuredClone(lock)).map((path) => `package-lock.json lacks ${path}; run: node scripts/lock-complete.ts`)
}

if (import.meta.main) {
  const lock = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package-lock.json'), 'utf8')) as Lock
  const count = Object.keys(lock.packages).length
  const problems = count === 0 ? ['package-lock.json names no packages'] : checkLock(lock)
  for (const problem of problems) console.error(problem)
  console.log(`lock: ${count} packages, ${problems.length} wrong`)
  if (problems.length > 0) process.exitCode = 1
}
