import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { completeLock, type Lock } from '../lock-complete.ts'

/** Parts of other systems that the lock lacks, by which `npm ci` would refuse it on a clean machine. */
export function checkLock(lock: Lock): string[] {
  return completeLock(structuredClone(lock)).map((path) => `package-lock.json lacks ${path}; run: node scripts/lock-complete.ts`)
}

type Manifest = { dependencies?: Record<string, string>; devDependencies?: Record<string, string> }

/** Dependencies that a workspace's package.json names otherwise than the lock does: `npm ci` would leave some out. */
export function checkManifests(lock: Lock, readManifest: (folder: string) => Manifest): string[] {
  const folders = Object.keys(lock.packages).filter((path) => !path.includes('node_modules'))
  return folders.flatMap((folder) => {
    const locked = lock.packages[folder] as Manifest
    const named = readManifest(folder)
    const differs = (['dependencies', 'devDependencies'] as const).some((kind) => sorted(named[kind]) !== sorted(locked[kind]))
    return differs ? [`package-lock.json is not of ${join(folder, 'package.json')}; run: npm install`] : []
  })
}

function sorted(dependencies: Record<string, string> = {}): string {
  return JSON.stringify(Object.entries(dependencies).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..', '..')
  const readJson = <T>(path: string): T => JSON.parse(readFileSync(join(root, path), 'utf8')) as T
  const lock = readJson<Lock>('package-lock.json')
  const count = Object.keys(lock.packages).length
  const problems =
    count === 0
      ? ['package-lock.json names no packages']
      : [...checkLock(lock), ...checkManifests(lock, (folder) => readJson(join(folder, 'package.json')))]
  for (const problem of problems) console.error(problem)
  console.log(`lock: ${count} packages, ${problems.length} wrong`)
  if (problems.length > 0) process.exitCode = 1
}
