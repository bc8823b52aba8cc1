import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isRunning, listProcessesIn, readCommandLine, stampOf } from '../../src/platform/process/process-info.ts'

const program = join(import.meta.dirname, '..', '..', 'src', 'main.ts')
const startMs = 90_000
const stopMs = 60_000

export type Ended = { code: number | null; signal: NodeJS.Signals | null }

/** The product as its users run it: one process of its own, with nothing of our environment but `PATH`. */
export type ServerProcess = {
  pid: number
  origin: string
  /** Of the one-time set-up link; null where an administrator is there. */
  setupToken: string | null
  /** Everything it wrote to standard output and standard error so far. */
  output(): string
  /** Of the gateway workers among its children, in the order of their start; Linux. */
  workerPids(): number[]
  /** Sends a signal and does not wait. */
  signal(name: NodeJS.Signals): void
  ended: Promise<Ended>
  /** SIGTERM, then its end. */
  stop(): Promise<Ended>
  /** SIGKILL, then its end. */
  kill(): Promise<Ended>
}

/** A start that did not come about: how the process ended and what it said. */
export type FailedStart = Ended & { message: string; output: string }

type Message = { type: 'ready'; apiUrl: string; setupUrl: string | null } | { type: 'failed'; message: string }

/** Processes started here that may still run, so that a test that fails leaves none behind. */
const started = new Set<ChildProcess>()

/** Starts the server, behind a command where one is given; throws with everything it said when it does not become ready. */
export async function startProcess(env: Record<string, string>, behind: readonly string[] = []): Promise<ServerProcess> {
  const begun = await begin(env, behind)
  if ('origin' in begun) return begun
  throw new Error(`the server did not start (code ${begun.code}, signal ${begun.signal}): ${begun.message}\n${begun.output}`)
}

/** Starts the server, which is expected to refuse; throws when it starts after all. */
export async function refusedStart(env: Record<string, string>): Promise<FailedStart> {
  const begun = await begin(env, [])
  if (!('origin' in begun)) return begun
  await begun.stop()
  throw new Error('the server started, though it should have refused')
}

/** Starts the server and ends it by SIGTERM in the middle of that, once something is so. */
export async function interruptedStart(env: Record<string, string>, isTime: () => boolean): Promise<Ended> {
  const { child, ended } = launch(env, [])
  await waitUntil('the start has come so far', isTime)
  child.kill('SIGTERM')
  return await within(stopMs, 'the server to end', ended)
}

function launch(
  env: Record<string, string>,
  behind: readonly string[],
): { child: ChildProcess; ended: Promise<Ended>; output: () => string } {
  const words = [...behind, process.execPath, program, 'all']
  const child = spawn(words[0] ?? '', words.slice(1), {
    env: { PATH: process.env.PATH, API_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  started.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (output += text))
  // 'close' comes after 'exit', when everything that was written has arrived.
  const ended = new Promise<Ended>((resolve) => child.once('close', (code, signal) => resolve({ code, signal })))
  void ended.then(() => started.delete(child))
  return { child, ended, output: () => output }
}

async function begin(env: Record<string, string>, behind: readonly string[]): Promise<ServerProcess | FailedStart> {
  const { child, ended, output } = launch(env, behind)
  const told = new Promise<Message>((resolve) => child.on('message', (message) => resolve(message as Message)))
  const first = await within(startMs, 'the server to start', Promise.race([told, ended]))
  if ('code' in first) return { ...first, message: '', output: output() }
  if (first.type === 'failed') return { ...(await within(stopMs, 'the server to end', ended)), message: first.message, output: output() }
  const signal = async (name: NodeJS.Signals) => {
    child.kill(name)
    return await within(stopMs, `the server to end after ${name}`, ended)
  }
  return {
    pid: child.pid!,
    origin: first.apiUrl,
    setupToken: first.setupUrl && new URL(first.setupUrl).searchParams.get('token'),
    output,
    workerPids: () => workersOf(child.pid!),
    signal: (name) => void child.kill(name),
    ended,
    stop: () => signal('SIGTERM'),
    kill: () => signal('SIGKILL'),
  }
}

/** Ends whatever a failed test left running: servers, and the PostgreSQL of these data folders. */
export async function endLeftovers(dataDirs: readonly string[]): Promise<void> {
  for (const child of started) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  for (const dataDir of dataDirs) for (const pid of postgresPids(dataDir)) endPid(pid)
  await waitUntil('no process is left', () => dataDirs.every((dataDir) => postgresPids(dataDir).length === 0))
}

/** A new data folder, 0700 like the product's own. */
export function newDataDir(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'llm-manager-proof-')))
}

export function removeDataDir(dataDir: string): void {
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 10 })
}

/** Every process of the PostgreSQL of a data folder, the postmaster first: PostgreSQL works inside its own folder. */
export function postgresPids(dataDir: string): number[] {
  const pids = listProcessesIn(join(dataDir, 'postgres'))
  const postmaster = postmasterPid(dataDir)
  return postmaster !== null && pids.includes(postmaster) ? [postmaster, ...pids.filter((pid) => pid !== postmaster)] : pids
}

/** Kills the PostgreSQL of a data folder, every process by its id, as a power cut would. */
export async function killPostgres(dataDir: string): Promise<number> {
  const pids = postgresPids(dataDir)
  for (const pid of pids) endPid(pid)
  await waitUntil('PostgreSQL has ended', () => pids.every((pid) => !isRunning(pid)))
  return pids.length
}

/** The superuser's address of the PostgreSQL in a data folder, on its private socket. */
export function postgresUrl(dataDir: string, database = 'llm_manager'): string {
  const password = readFileSync(join(dataDir, 'postgres-password'), 'utf8').trim()
  return `postgresql://postgres:${encodeURIComponent(password)}@localhost/${database}?host=${encodeURIComponent(join(dataDir, 'run'))}&port=5432`
}

/** Waits for something that will be so; throws after a minute, which nothing here takes. */
export async function waitUntil(what: string, isSo: () => boolean | Promise<boolean>, withinMs = 60_000): Promise<void> {
  for (const until = Date.now() + withinMs; !(await isSo()); await sleep(25)) {
    if (Date.now() > until) throw new Error(`waited in vain: ${what}`)
  }
}

async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), ms)
  })
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

function workersOf(primary: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const isWorker = (pid: number) => readCommandLine(pid).some((word) => word.endsWith('/workers/worker.ts'))
  const workers = pids.map(Number).filter((pid) => parentOf(pid) === primary && isRunning(pid) && isWorker(pid))
  const startOf = (pid: number) => Number(stampOf(pid).startedAt)
  return workers.sort((a, b) => startOf(a) - startOf(b))
}

/** The fourth field of /proc/<pid>/stat, whose second, the name in brackets, may hold spaces. */
function parentOf(pid: number): number | null {
  try {
    return Number(
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')[1],
    )
  } catch {
    return null
  }
}

function postmasterPid(dataDir: string): number | null {
  try {
    return Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]) || null
  } catch {
    return null
  }
}

function endPid(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself meanwhile.
  }
}
