import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { claimPort } from './ports.ts'
import { isRunning } from '../../server/src/platform/process/process-info.ts'

/** The stack runs in a folder with a stand-in for the server, the console, and the console's build. */
const SERVER = `import { createServer } from 'node:http'
import { appendFileSync } from 'node:fs'
const tell = (what: string) => appendFileSync(process.env.EVENTS!, what + '\\n')
tell('server ' + process.pid)
if (process.env.SERVER_FAILS) { process.send!({ type: 'failed', message: 'no database' }); process.exit(1) }
const server = createServer((_, response) => response.end('ok'))
server.listen(Number(process.env.API_PORT), '127.0.0.1', () => process.send!({ type: 'ready', apiUrl: 'x', setupUrl: 'http://localhost/setup?token=once' }))
process.on('SIGUSR2', () => tell('server replaces its workers'))
process.on('SIGTERM', () => { tell('server stopping'); setTimeout(() => process.exit(0), Number(process.env.STOP_MS ?? 0)) })`

const CONSOLE = `import { createServer } from 'node:http'
import { appendFileSync } from 'node:fs'
const tell = (what) => appendFileSync(process.env.EVENTS, what + '\\n')
tell('console ' + process.pid)
tell('sees secrets: ' + ['JWT_SECRET_KEY', 'ENCRYPTION_KEY'].some((name) => name in process.env))
createServer((_, response) => response.end('page')).listen(Number(process.env.CONSOLE_PORT), process.env.HOST)
process.on('SIGTERM', () => { tell('console stopping'); process.exit(0) })`

const NEXT = `const fs = require('fs')
fs.appendFileSync(process.env.EVENTS, 'build\\n')
console.log('compiling the page')
if (process.env.BUILD_FAILS) process.exit(1)
fs.mkdirSync('.next', { recursive: true })`

let root = ''
let env: NodeJS.ProcessEnv = {}
let running: ChildProcess[] = []

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'stack-'))
  const own = join(import.meta.dirname, '..', '..')
  for (const folder of ['scripts/stack', 'scripts/start.ts', 'server/src/platform/embedded-postgres', 'server/src/platform/process'])
    cpSync(join(own, folder), join(root, folder), { recursive: true })
  for (const folder of ['server/src', 'console/node_modules/next/dist/bin', 'contract']) mkdirSync(join(root, folder), { recursive: true })
  writeFileSync(join(root, 'package.json'), '{"type":"module"}')
  writeFileSync(join(root, 'server/src/main.ts'), SERVER)
  writeFileSync(join(root, 'console/server.mjs'), CONSOLE)
  writeFileSync(join(root, 'console/package.json'), '{}')
  writeFileSync(join(root, 'console/node_modules/next/package.json'), '{}')
  writeFileSync(join(root, 'console/node_modules/next/dist/bin/next'), NEXT)
  const [apiPort, consolePort] = [await claimPort('127.0.0.1', 0, ''), await claimPort('127.0.0.1', 0, '')]
  env = {
    PATH: process.env.PATH,
    EVENTS: join(root, 'events'),
    DATA_DIR: join(root, 'data'),
    API_PORT: String(apiPort),
    CONSOLE_PORT: String(consolePort),
    JWT_SECRET_KEY: 'x'.repeat(40),
  }
})

afterEach(async () => {
  for (const child of running) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  for (const pid of [...listPids('server'), ...listPids('console')]) if (isRunning(pid)) process.kill(pid, 'SIGKILL')
  running = []
  rmSync(root, { recursive: true, force: true, maxRetries: 10 })
})

function events(): string[] {
  return existsSync(env.EVENTS ?? '')
    ? readFileSync(env.EVENTS ?? '', 'utf8')
        .trim()
        .split('\n')
    : []
}

function listPids(who: string): number[] {
  return events().flatMap((line) => (line.startsWith(`${who} `) ? [Number(line.split(' ')[1])].filter(Boolean) : []))
}

type Run = { child: ChildProcess; text: () => string; ended: Promise<number | null> }

function run(change: NodeJS.ProcessEnv = {}): Run {
  const child = spawn(process.execPath, [join(root, 'scripts/start.ts')], {
    cwd: root,
    env: { ...env, ...change },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.push(child)
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return { child, text: () => text, ended: once(child, 'close').then(([code]) => code as number | null) }
}

async function runToReady(change: NodeJS.ProcessEnv = {}): Promise<Run> {
  const started = run(change)
  await expect.poll(started.text, { timeout: 30_000 }).toContain('Ctrl-C stops everything')
  return started
}

test('it prints where to go, and SIGINT stops the console before the server', async () => {
  const { child, text, ended } = await runToReady()
  expect(text()).toContain(`console   http://localhost:${env.CONSOLE_PORT}`)
  expect(text()).toContain(`API       http://localhost:${env.API_PORT}`)
  expect(text()).toContain('set-up    http://localhost/setup?token=once')
  child.kill('SIGINT')
  expect(await ended).toBe(0)
  expect(events().filter((line) => line.endsWith('stopping'))).toEqual(['console stopping', 'server stopping'])
})

test('SIGUSR2 is handed on to the server, and nothing stops', async () => {
  const { child, ended } = await runToReady()
  child.kill('SIGUSR2')
  await expect.poll(events).toContain('server replaces its workers')
  expect(events()).not.toContain('server stopping')
  child.kill('SIGINT')
  expect(await ended).toBe(0)
})

test('the console never sees the secrets of the server, and keeps its own across starts', async () => {
  const first = await runToReady()
  first.child.kill('SIGTERM')
  await first.ended
  const secret = readFileSync(join(root, 'data', 'console-session-secret'), 'utf8')
  const second = await runToReady()
  second.child.kill('SIGTERM')
  await second.ended
  expect(events()).not.toContain('sees secrets: true')
  expect(readFileSync(join(root, 'data', 'console-session-secret'), 'utf8')).toBe(secret)
})

test('the console is built once, and again when a source changed', async () => {
  for (const page of ['one', 'one', 'two']) {
    writeFileSync(join(root, 'console/page.tsx'), page)
    const { child, ended } = await runToReady()
    child.kill('SIGINT')
    await ended
  }
  expect(events().filter((line) => line === 'build')).toHaveLength(2)
})

test('a build that fails is shown, and nothing is left running', async () => {
  const { text, ended } = run({ BUILD_FAILS: '1' })
  expect(await ended).toBe(1)
  expect(text()).toContain('compiling the page')
  expect(events()).toEqual(['build'])
})

test('CONSOLE=off builds and starts none', async () => {
  const { child, text, ended } = await runToReady({ CONSOLE: 'off' })
  child.kill('SIGINT')
  await ended
  expect(text()).not.toContain('console')
  expect(text()).toContain(`POST http://localhost:${env.API_PORT}/api/setup {"token": "once"`)
  expect(events().map((line) => line.split(' ')[0])).toEqual(['server', 'server'])
})

test('a taken port is told before anything is built, with the variable that changes it', async () => {
  const other = createServer().listen(Number(env.CONSOLE_PORT), '127.0.0.1')
  await once(other, 'listening')
  const { text, ended } = run()
  expect(await ended).toBe(1)
  expect(text()).toBe(`port ${env.CONSOLE_PORT} is taken by another program; stop that one, or set CONSOLE_PORT to a free port\n`)
  expect(events()).toEqual([])
  other.close()
})

test('a server that cannot start says why', async () => {
  const { text, ended } = run({ SERVER_FAILS: '1' })
  expect(await ended).toBe(1)
  expect(text()).toContain('no database')
})

test('a console that ends by itself is started again, and the server goes on', async () => {
  const { child, ended } = await runToReady()
  process.kill(listPids('console')[0] ?? 0, 'SIGKILL')
  await expect.poll(() => listPids('console').length).toBe(2)
  await expect
    .poll(() =>
      fetch(`http://127.0.0.1:${env.CONSOLE_PORT}`).then(
        (response) => response.text(),
        () => '',
      ),
    )
    .toBe('page')
  expect(listPids('server')).toHaveLength(1)
  child.kill('SIGINT')
  expect(await ended).toBe(0)
})

test('when the server ends by itself everything stops, with a reason and a failing exit code', async () => {
  const { text, ended } = await runToReady()
  process.kill(listPids('server')[0] ?? 0, 'SIGKILL')
  expect(await ended).toBe(1)
  expect(text()).toContain('the server ended unexpectedly (signal SIGKILL)')
  expect(events()).toContain('console stopping')
})

test('a second Ctrl-C does not wait for a slow stop', async () => {
  const { child, text, ended } = await runToReady({ STOP_MS: '600000' })
  child.kill('SIGINT')
  await expect.poll(events).toContain('server stopping')
  await expect
    .poll(() => {
      child.kill('SIGINT')
      return text()
    })
    .toContain('stopping at once')
  await ended
  expect(listPids('server').some(isRunning)).toBe(false)
})

test('when the starter is killed, nothing goes on holding its ports', async () => {
  const { child, ended } = await runToReady()
  child.kill('SIGKILL')
  await ended
  await expect.poll(() => [...listPids('server'), ...listPids('console')].filter(isRunning), { timeout: 10_000 }).toEqual([])
})
