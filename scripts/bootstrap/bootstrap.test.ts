import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

/** Stands for npm: notes how it was called, then installs what the lock names, or fails. */
const NPM = `const fs = require('fs')
fs.appendFileSync('calls', process.argv.slice(2).join(' ') + '\\n')
if (process.env.NPM_FAILS) { console.error('npm error: the registry is away'); process.exit(1) }
const { packages } = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'))
const wanted = Object.entries(packages).filter(([path, entry]) => path && (!entry.dev || process.argv.includes('--include=dev')))
setTimeout(() => {
  for (const [path] of wanted) fs.mkdirSync(path, { recursive: true })
  fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages: Object.fromEntries(wanted) }))
}, 300)`

const ENTRY = `console.log('runs on ' + process.version.split('.')[0] + ' with ' + process.argv.slice(2).join(' '))
if (process.argv[2] === 'code') process.exit(7)
if (process.argv[2] === 'killed') process.kill(process.pid, 'SIGKILL')
if (process.argv[2] === 'wait') { setInterval(() => {}, 1000); process.on('SIGTERM', () => process.exit(9)) }`

let root = ''

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bootstrap-'))
  cpSync(join(import.meta.dirname, '..', 'bootstrap.mjs'), join(root, 'scripts/bootstrap.mjs'))
  cpSync(import.meta.dirname, join(root, 'scripts/bootstrap'), { recursive: true })
  for (const folder of ['npm', 'server/src']) mkdirSync(join(root, folder), { recursive: true })
  writeFileSync(join(root, 'npm/npm-cli.js'), NPM)
  writeFileSync(join(root, 'package.json'), '{"type":"module"}')
  writeFileSync(join(root, 'npm/package.json'), '{"type":"commonjs"}')
  writeFileSync(join(root, 'server/src/cli.ts'), ENTRY)
  writeFileSync(join(root, 'scripts/test.ts'), ENTRY)
  writeLock({
    'node_modules/one': { version: '1.0.0', integrity: 'x' },
    'node_modules/tool': { version: '1.0.0', dev: true },
    'node_modules/elsewhere': { version: '1.0.0', optional: true },
  })
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

function writeLock(packages: Record<string, object>): void {
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...packages } }))
}

function begin(args: string[], change: NodeJS.ProcessEnv = {}) {
  const env = { PATH: process.env.PATH, npm_execpath: join(root, 'npm/npm-cli.js'), HOME: root, ...change }
  const child = spawn(process.execPath, [join(root, 'scripts/bootstrap.mjs'), ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return { child, text: () => text, ended: once(child, 'close') as Promise<[number | null, string | null]> }
}

async function bootstrap(args: string[], change: NodeJS.ProcessEnv = {}) {
  const { text, ended } = begin(args, change)
  const [code, signal] = await ended
  return { code, signal, text: text() }
}

function calls(): string[] {
  return existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8').trim().split('\n') : []
}

test('what is missing is installed once, without the part for development, and arguments arrive', async () => {
  const first = await bootstrap(['cli', 'backup', '--all'])
  expect(first.text).toContain('runs on v24 with backup --all')
  await bootstrap(['cli'])
  expect(calls()).toEqual(['ci --omit=dev --no-audit --no-fund --no-update-notifier --loglevel=error'])
})

test('tests add the part for development without removing what runs', async () => {
  await bootstrap(['cli'])
  await bootstrap(['test'])
  await bootstrap(['cli'])
  expect(calls().map((call) => call.split(' --no-audit')[0])).toEqual(['ci --omit=dev', 'install --no-save --include=dev'])
})

test('a changed lock file installs again', async () => {
  await bootstrap(['cli'])
  writeLock({ 'node_modules/one': { version: '1.0.1', integrity: 'y' } })
  await bootstrap(['cli'])
  expect(calls()).toHaveLength(2)
})

test('of two at once only one installs', async () => {
  const results = await Promise.all([bootstrap(['cli']), bootstrap(['cli'])])
  expect(results.map(({ code }) => code)).toEqual([0, 0])
  expect(calls()).toHaveLength(1)
})

test('an installation that was killed does not block the next', async () => {
  mkdirSync(join(root, '.cache'))
  const gone = spawnSync('true')
  writeFileSync(join(root, '.cache/install.lock'), String(gone.pid))
  expect((await bootstrap(['cli'])).code).toBe(0)
})

test('what npm says is shown when it fails', async () => {
  const { code, text } = await bootstrap(['cli'], { NPM_FAILS: '1' })
  expect(code).toBe(1)
  expect(text).toContain('npm error: the registry is away')
})

test('without a home folder the cache goes beside the repository', async () => {
  const { code } = await bootstrap(['cli'], { HOME: join(root, 'no', 'home') })
  expect(code).toBe(0)
  expect(calls()[0]).toContain(`--cache=${join(root, '.cache', 'npm')}`)
})

test('the exit code and the signal of the command are its own', async () => {
  expect(await bootstrap(['cli', 'code'])).toMatchObject({ code: 7, signal: null })
  expect(await bootstrap(['cli', 'killed'])).toMatchObject({ code: null, signal: 'SIGKILL' })
})

test('signals are handed on', async () => {
  const { child, text, ended } = begin(['cli', 'wait'])
  await expect.poll(text, { timeout: 10_000 }).toContain('with wait')
  child.kill('SIGTERM')
  expect(await ended).toEqual([9, null])
})

test('an unknown command tells the known ones', async () => {
  expect(await bootstrap(['dance'])).toMatchObject({ code: 1, text: expect.stringContaining('start|dev|demo|test|bench|cli') as string })
})
