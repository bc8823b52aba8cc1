// First step of every npm script: runs on the Node that the machine has (20 or later), brings the dependencies in place,
// and hands over to scripts/<command>.ts on the Node 24 that came with them. Uses nothing that must be installed.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureInstalled } from './bootstrap/install.mjs'
import { findRuntime } from './bootstrap/runtime.mjs'
import { runInPlace } from './bootstrap/run.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
/** Commands, and whether they need what only development needs. */
const needsDev = { start: false, dev: true, demo: false, test: true, bench: false, cli: false }
const [command = '', ...args] = process.argv.slice(2)

try {
  if (!Object.hasOwn(needsDev, command)) throw new Error(`usage: node scripts/bootstrap.mjs ${Object.keys(needsDev).join('|')} [arguments]`)
  const entry = join(root, 'scripts', `${command}.ts`)
  if (!existsSync(entry)) throw new Error(`there is no ${command} in this version`)
  await ensureInstalled(root, needsDev[command])
  await runInPlace(findRuntime(root), [entry, ...args], root)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
