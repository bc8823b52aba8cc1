// First step of every npm script: runs on the Node that the machine has (20 or later), brings the dependencies in place,
// and hands over to the command's TypeScript on the Node 24 that came with them. Uses nothing that must be installed.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureInstalled } from './bootstrap/install.mjs'
import { findRuntime } from './bootstrap/runtime.mjs'
import { runInPlace } from './bootstrap/run.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
/** What each command runs, and whether it needs what only development needs. */
const commands = {
  start: { entry: 'scripts/start.ts', needsDev: false },
  dev: { entry: 'scripts/dev.ts', needsDev: true },
  demo: { entry: 'scripts/demo.ts', needsDev: false },
  test: { entry: 'scripts/test.ts', needsDev: true },
  bench: { entry: 'bench/bench.ts', needsDev: false },
  cli: { entry: 'server/src/cli.ts', needsDev: false },
}
const [command = '', ...args] = process.argv.slice(2)

try {
  if (!Object.hasOwn(commands, command)) throw new Error(`usage: node scripts/bootstrap.mjs ${Object.keys(commands).join('|')} [arguments]`)
  const entry = join(root, commands[command].entry)
  if (!existsSync(entry)) throw new Error(`this version has no ${commands[command].entry}`)
  await ensureInstalled(root, commands[command].needsDev)
  await runInPlace(findRuntime(root), [entry, ...args], root)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
