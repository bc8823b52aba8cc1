import { readFileSync, writeFileSync } from 'node:fs'

/**
 * Some packages bring their native parts as optional packages, one for each system. A registry that lacks the parts of
 * other systems makes npm leave them out of package-lock.json, and `npm ci` then refuses that very file as incomplete.
 * This writes the missing entries, so that a lock made here installs everywhere: `node scripts/lock-complete.ts`.
 */

type Entry = {
  version?: string
  dev?: boolean
  optional?: boolean
  os?: string[]
  cpu?: string[]
  libc?: string[]
  optionalDependencies?: Record<string, string>
}
export type Lock = { packages: Record<string, Entry> }

/** Adds the entries that are missing and answers their paths. Changes `lock`. */
export function completeLock(lock: Lock): string[] {
  const added: string[] = []
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const target = `node_modules/${name}`
      if (lock.packages[target] !== undefined || lock.packages[`${path}/${target}`] !== undefined) continue
      if (!/^\d+\.\d+\.\d+[-\w.]*$/.test(version)) continue
      lock.packages[target] = sortKeys({ version, ...readSystem(name), ...(entry.dev ? { dev: true } : {}), optional: true })
      added.push(target)
    }
  }
  lock.packages = sortKeys(lock.packages)
  return added
}

/** npm's own order (but for `version`, which it puts first), so that its next run changes nothing. */
function sortKeys<T extends object>(record: T): T {
  const rank = (key: string): string => (key === 'version' ? '' : key)
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => rank(a).localeCompare(rank(b), 'en'))) as T
}

/** System, processor and C library as the names of native parts tell them ("…-linux-arm64-musl"). */
function readSystem(name: string): Pick<Entry, 'os' | 'cpu' | 'libc'> {
  const words = name.split(/[-/]/)
  const os = ['darwin', 'linux', 'win32', 'android', 'freebsd', 'openharmony'].find((word) => words.includes(word))
  const cpu = ['arm64', 'arm', 'x64', 'ia32', 'ppc64', 's390x', 'riscv64', 'wasm32'].find((word) => words.includes(word))
  const libc = words.some((word) => word.startsWith('musl'))
    ? 'musl'
    : os === 'linux' && words.some((word) => word.startsWith('gnu'))
      ? 'glibc'
      : undefined
  return { ...(cpu ? { cpu: [cpu] } : {}), ...(os ? { os: [os] } : {}), ...(libc ? { libc: [libc] } : {}) }
}

if (import.meta.main) {
  const path = new URL('../package-lock.json', import.meta.url)
  const lock = JSON.parse(readFileSync(path, 'utf8')) as Lock
  const added = completeLock(lock)
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
  console.log(`${added.length} entries added to package-lock.json`)
}
