import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.ts'
import { readPostmasterFile } from './orphan.ts'

const isRoot = process.getuid?.() === 0
const isLinux = process.platform === 'linux'
let folder = ''
let said: string[] = []
let running: EmbeddedPostgres[] = []
let children: ChildProcess[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pg-'))
  said = []
})

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  for (const postgres of running) await postgres.stop()
  running = []
  children = []
  const left = readPostmasterFile(join(folder, 'postgres'))
  if (left !== null) process.kill(left.pid, 'SIGQUIT')
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
})

async function start(dataDir = folder): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir, log: (line) => said.push(line) })
  running.push(postgres)
  return postgres
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows as unknown[]
  } finally {
    await client.end()
  }
}

/** Starts the database in a process of its own, behind `command` where one is given; resolves with what it wrote: the url, or what went wrong. */
async function startElsewhere(
  dataDir: string,
  wrap: string[] = [],
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ child: ChildProcess; output: string }> {
  const module = new URL('./embedded-postgres.ts', import.meta.url).href
  const script = `import { startEmbeddedPostgres } from '${module}'
    const log = (line) => process.stderr.write(line + '\\n')
    try {
      const { url, stop } = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, log })
      process.on('SIGTERM', () => stop().then(() => process.exit(0)))
      process.stdout.write('url ' + url + '\\n')
      setInterval(() => {}, 1000)
    } catch (error) { process.stdout.write('failed ' + error.message + '\\n') }`
  const [command, ...args] = [...wrap, process.execPath, '--input-type=module', '-e', script]
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...env, NODE_OPTIONS: '' } })
  children.push(child)
  let output = ''
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      if (/^(url|failed) .*\n/m.test(output)) resolve()
    })
    child.once('exit', () => resolve())
  })
  return { child, output }
}

test('the first start creates a database, the second finds what was written', async () => {
  const first = await start()
  await query(first.url, "create table note as select 'kept' as text")
  await first.stop()
  const second = await start()
  expect(await query(second.url, 'select text from note')).toEqual([{ text: 'kept' }])
  expect(second.version).toMatch(/^18\./)
})

test('commits are synced to disk, letters of every language are known, and time is UTC', async () => {
  const { url } = await start()
  const sql =
    "select current_setting('fsync') as fsync, current_setting('jit') as jit, current_setting('timezone') as zone, current_setting('server_encoding') as encoding, lower('ÇÃO') as lower"
  expect(await query(url, sql)).toEqual([{ fsync: 'on', jit: 'off', zone: 'UTC', encoding: 'UTF8', lower: 'ção' }])
})

test('files are closed to other users, and the password lies in one file alone', async () => {
  const { url } = await start()
  const mode = (name: string): string => (statSync(join(folder, name)).mode & 0o777).toString(8)
  expect([mode('postgres'), mode('run'), mode('postgres-password'), mode('postgres.log')]).toEqual(['700', '700', '600', '600'])
  const password = new URL(url).password
  const holders = readdirSync(folder).filter(
    (name) => statSync(join(folder, name)).isFile() && readFileSync(join(folder, name), 'utf8').includes(password),
  )
  expect(holders).toEqual(['postgres-password'])
  expect(said.join('\n')).not.toContain(password)
})

test('a wrong password opens nothing', async () => {
  const { url } = await start()
  const password = new URL(url).password
  await expect(query(url.replace(password, 'guessed'), 'select 1')).rejects.toThrow('password authentication failed')
})

test('what was committed survives kill -9 of the program, and its orphan is stopped', async () => {
  const { child, output } = await startElsewhere(folder)
  const url = /^url (.*)$/m.exec(output)?.[1] ?? ''
  await query(url, "create table note as select 'kept' as text")
  child.kill('SIGKILL')
  await once(child, 'exit')
  const orphan = readPostmasterFile(join(folder, 'postgres'))?.pid
  const again = await start()
  expect(await query(again.url, 'select text from note')).toEqual([{ text: 'kept' }])
  expect(said).toContain(`stopping the PostgreSQL that an earlier run left behind (process ${orphan})`)
})

test('a second program on the same folder is refused and told which process is there', async () => {
  await start()
  const { output } = await startElsewhere(folder)
  expect(output).toContain(`in use by process ${process.pid}`)
})

test('PostgreSQL that is killed comes back at the same address', async () => {
  const { url } = await start()
  await query(url, "create table note as select 'kept' as text")
  const before = readPostmasterFile(join(folder, 'postgres'))?.pid ?? 0
  process.kill(before, 'SIGKILL')
  await expect.poll(() => query(url, 'select text from note').catch(() => null), { timeout: 20_000 }).toEqual([{ text: 'kept' }])
  expect(said).toContain('PostgreSQL ended by itself (signal SIGKILL); starting it again')
})

test('a first start that was cut off is done again', async () => {
  mkdirSync(join(folder, 'postgres.new'))
  writeFileSync(join(folder, 'postgres.new', 'PG_VERSION'), '18\n')
  const { url } = await start()
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
  expect(existsSync(join(folder, 'postgres.new'))).toBe(false)
})

test('a database of another version is refused with both versions', async () => {
  mkdirSync(join(folder, 'postgres'))
  writeFileSync(join(folder, 'postgres', 'PG_VERSION'), '17\n')
  await expect(start()).rejects.toThrow(/written by PostgreSQL 17, and this version brings 18/)
  expect(readdirSync(folder)).toEqual(['postgres'])
})

test('a folder that holds something else is left alone', async () => {
  mkdirSync(join(folder, 'postgres'))
  writeFileSync(join(folder, 'postgres', 'holiday.jpg'), 'x')
  await expect(start()).rejects.toThrow('holds no PostgreSQL database')
  expect(readdirSync(join(folder, 'postgres'))).toEqual(['holiday.jpg'])
})

test('a lost password file costs nothing but the old password', async () => {
  const first = await start()
  await query(first.url, "create table note as select 'kept' as text")
  await first.stop()
  rmSync(join(folder, 'postgres-password'))
  const second = await start()
  expect(await query(second.url, 'select text from note')).toEqual([{ text: 'kept' }])
  expect(second.url).not.toBe(first.url)
})

test('a note of a process whose number now belongs to another program does not stop the start', async (context) => {
  if (!isLinux) context.skip('needs /proc')
  const first = await start()
  await first.stop()
  const stranger = spawn('sleep', ['60'])
  children.push(stranger)
  writeFileSync(join(folder, 'postgres', 'postmaster.pid'), `${stranger.pid}\n${join(folder, 'postgres')}\n1\n5432\n`)
  const second = await start()
  expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('a path too long for a socket falls back to a loopback port', async () => {
  const deep = join(folder, 'a'.repeat(60), 'b'.repeat(60))
  const { url, stop } = await start(deep)
  expect(url).toMatch(/@127\.0\.0\.1:\d+\//)
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
  await stop()
})

test('secrets of our environment do not reach PostgreSQL', async (context) => {
  if (!isLinux) context.skip('needs /proc')
  process.env.ENCRYPTION_KEY_CANARY = 'canary'
  await start()
  delete process.env.ENCRYPTION_KEY_CANARY
  const pid = readPostmasterFile(join(folder, 'postgres'))?.pid
  expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain('canary')
})

test('root may start it under a folder that is closed to everyone else', async (context) => {
  if (!isRoot) context.skip('needs root')
  const closed = join(folder, 'closed')
  mkdirSync(closed, { mode: 0o700 })
  const { url, stop } = await start(join(closed, 'data'))
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
  await stop()
})

test('root without user namespaces runs it as another user, says so, and comes back to the same data', async (context) => {
  const setpriv = spawnSync('sh', ['-c', 'command -v setpriv'], { encoding: 'utf8' }).stdout.trim()
  if (!isRoot || setpriv === '') context.skip('needs root and setpriv')
  const tools = join(folder, 'tools')
  mkdirSync(tools)
  symlinkSync(setpriv, join(tools, 'setpriv'))
  symlinkSync('/bin/true', join(tools, 'true'))
  const dataDir = join(folder, 'data')
  const first = await startElsewhere(dataDir, [], { PATH: tools })
  expect(first.output).toContain('PostgreSQL runs as user 65534')
  await query(/^url (.*)$/m.exec(first.output)?.[1] ?? '', "create table note as select 'kept' as text")
  first.child.kill('SIGTERM')
  await once(first.child, 'exit')
  const second = await startEmbeddedPostgres({ dataDir, log: (line) => said.push(line) })
  running.push(second)
  expect(await query(second.url, 'select text from note')).toEqual([{ text: 'kept' }])
})

test('an ordinary user starts it', async (context) => {
  const drop = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--']
  if (!isRoot) context.skip('every other test here already runs as an ordinary user')
  if (
    spawnSync(drop[0] ?? '', [...drop.slice(1), process.execPath, '-e', `fs.accessSync(${JSON.stringify(import.meta.filename)})`])
      .status !== 0
  ) {
    context.skip('another user cannot reach this folder, or setpriv is missing')
  }
  chmodSync(folder, 0o777)
  const { child, output } = await startElsewhere(join(folder, 'data'), drop)
  expect(output).toMatch(/^url postgresql:/m)
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})

test('a full disk is named as the cause', async (context) => {
  const mount = (...args: string[]): boolean => spawnSync(args[0] ?? '', args.slice(1)).status === 0
  if (!isRoot || !mount('mount', '-t', 'tmpfs', '-o', 'size=20m', 'tmpfs', folder)) context.skip('needs the right to mount a small disk')
  try {
    await expect(start()).rejects.toThrow(/the disk that holds .* is full/)
    expect(readdirSync(folder)).not.toContain('postgres')
  } finally {
    mount('umount', folder)
  }
})

test('a disk that fills up while it runs costs nothing that was acknowledged, and it comes back once there is room', async (context) => {
  const mount = (...args: string[]): boolean => spawnSync(args[0] ?? '', args.slice(1)).status === 0
  if (!isRoot || !mount('mount', '-t', 'tmpfs', '-o', 'size=120m', 'tmpfs', folder)) context.skip('needs the right to mount a small disk')
  try {
    const { url, stop } = await start()
    await query(url, 'create table note (id int generated always as identity, text text)')
    const filler = join(folder, 'filler')
    let acknowledged = 0
    writeFileSync(filler, Buffer.alloc(30_000_000))
    const add = (): Promise<unknown[]> =>
      query(url, "insert into note (text) select string_agg(md5(random()::text), '') from generate_series(1, 60000)")
    await expect
      .poll(
        () =>
          add().then(
            () => (acknowledged += 1) && false,
            () => true,
          ),
        { timeout: 60_000 },
      )
      .toBe(true)
    rmSync(filler)
    const countNotes = async (): Promise<number> => (await query(url, 'select id from note').catch(() => [])).length
    // One more than was acknowledged is no fault: a commit may be written whose answer was lost with the connection.
    await expect.poll(countNotes, { timeout: 30_000 }).toBeGreaterThanOrEqual(acknowledged)
    expect(await countNotes()).toBeLessThanOrEqual(acknowledged + 1)
    expect(acknowledged).toBeGreaterThan(0)
    await stop()
    running = []
  } finally {
    mount('umount', folder)
  }
})
