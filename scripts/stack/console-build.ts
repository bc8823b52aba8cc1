import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, existsSync, globSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { FolderInUseError, lockFolder } from '../../server/src/platform/process/folder-lock.ts'
import { consoleEnvironment } from './console-environment.ts'
import { secondsSince } from './elapsed.ts'

const SOURCES = ['console/**/*', 'contract/**/*.ts', 'package-lock.json']
const NOT_SOURCES = /(^|\/)(node_modules|\.next|e2e|test-results)(\/|$)|\.test\.tsx?$|next-env\.d\.ts$|\.tsbuildinfo$/

/**
 * Builds the console unless the build there is of these very sources. What the build says goes to
 * `.cache/console-build/build.log`, and to the screen when it fails.
 * @throws when it fails, or `signal` stops it
 */
export async function buildConsole(root: string, say: (line: string) => void, signal: AbortSignal): Promise<void> {
  if (isBuilt(root)) return
  const folder = join(root, '.cache', 'console-build')
  mkdirSync(folder, { recursive: true })
  const unlock = await waitForLock(folder, say, signal)
  try {
    if (isBuilt(root)) return
    const startedAt = Date.now()
    const hash = hashSources(root)
    say(
      `building the console (${existsSync(stampPath(root)) ? 'its sources changed' : 'the first time'}; half a minute, longer on a busy box)`,
    )
    const progress = setInterval(() => say(`  … still building, ${secondsSince(startedAt)} s`), 15_000)
    await runBuild(root, join(folder, 'build.log'), signal).finally(() => clearInterval(progress))
    writeFileSync(stampPath(root), hash)
    say(`console built in ${secondsSince(startedAt)} s`)
  } finally {
    unlock()
  }
}

function isBuilt(root: string): boolean {
  const stamp = stampPath(root)
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hashSources(root)
}

/** Next.js removes what it does not know from its folder at the start of a build, so a broken build leaves no stamp. */
function stampPath(root: string): string {
  return join(root, 'console', '.next', 'sources.sha256')
}

function hashSources(root: string): string {
  const hash = createHash('sha256')
  const files = globSync(SOURCES, { cwd: root, withFileTypes: true, exclude: (entry) => NOT_SOURCES.test(entry.name) })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  for (const file of files)
    hash
      .update(`${file.slice(root.length)}\0`)
      .update(readFileSync(file))
      .update('\0')
  return hash.digest('hex')
}

async function waitForLock(folder: string, say: (line: string) => void, signal: AbortSignal): Promise<() => void> {
  for (let told = false; ; told = true) {
    try {
      return await lockFolder(folder)
    } catch (error) {
      if (!(error instanceof FolderInUseError)) throw error
      if (!told) say('another process builds the console; waiting for it')
      await sleep(500, undefined, { signal })
    }
  }
}

async function runBuild(root: string, logPath: string, signal: AbortSignal): Promise<void> {
  const consoleFolder = join(root, 'console')
  const next = createRequire(join(consoleFolder, 'package.json')).resolve('next/dist/bin/next')
  const log = openSync(logPath, 'w')
  const env = { ...consoleEnvironment(process.env), NODE_ENV: 'production' as const }
  const child = spawn(process.execPath, [next, 'build'], { cwd: consoleFolder, env, stdio: ['ignore', log, log], detached: true })
  closeSync(log)
  const stop = (): void => void child.kill('SIGTERM')
  signal.addEventListener('abort', stop, { once: true })
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(-1))
    child.once('exit', resolve)
  })
  signal.removeEventListener('abort', stop)
  signal.throwIfAborted()
  if (code !== 0)
    throw new Error(
      `${readFileSync(logPath, 'utf8').trim().split('\n').slice(-60).join('\n')}\nthe console could not be built (the whole report: ${logPath}); CONSOLE=off starts without it`,
    )
}
