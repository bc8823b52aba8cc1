import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cleanEnvironment, type Cluster } from './cluster.ts'
import { listenSettings, type Endpoint } from './endpoint.ts'
import { LINGERING, postgresFailure } from './failure-cause.ts'
import { markLog, readLogSince } from './log-file.ts'
import { readPostmasterFile } from './orphan.ts'

const READY_POLL_MS = 20
const LINGERING_TRIES = 40
const LINGERING_WAIT_MS = 250

/** A running PostgreSQL: its process, and a promise of its end that never fails. */
export type Postmaster = { child: ChildProcess; ended: Promise<string> }

/**
 * Settings for a machine shared with the program itself. Durability is left as PostgreSQL has it, and said aloud.
 * Failing statements and their details stay out of the log, since they may hold what users typed.
 */
const SETTINGS = {
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  shared_buffers: '128MB',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
}

/**
 * Starts PostgreSQL and waits until it takes connections, however long its recovery lasts. Processes of a killed
 * predecessor may hold its memory for a moment: then it is tried again for ten seconds.
 * @throws with the cause and the last lines of its log
 */
export async function startPostmaster(cluster: Cluster, endpoint: Endpoint, logPath: string): Promise<Postmaster> {
  for (let attempt = 1; ; attempt += 1) {
    const mark = markLog(logPath)
    const postmaster = launch(cluster, endpoint, logPath)
    if (await becomesReady(postmaster, cluster.folder)) return postmaster
    const output = readLogSince(logPath, mark)
    if (!LINGERING.test(output) || attempt === LINGERING_TRIES)
      throw postgresFailure('PostgreSQL did not start', output || (await postmaster.ended), cluster.dataDir)
    await sleep(LINGERING_WAIT_MS)
  }
}

/**
 * Stops PostgreSQL: connections are cut and everything is written (fast); after 30 s it is ended at once (immediate), and
 * recovers at the next start.
 */
export async function stopPostmaster(cluster: Cluster, { child, ended }: Postmaster): Promise<void> {
  child.ref()
  if (process.platform === 'win32') execFile(cluster.binaries.pgCtl, ['stop', '-D', cluster.folder, '-m', 'fast'])
  else child.kill('SIGINT')
  const hurry = setTimeout(() => child.kill('SIGQUIT'), 30_000)
  const force = setTimeout(() => child.kill('SIGKILL'), 35_000)
  await ended
  clearTimeout(hurry)
  clearTimeout(force)
}

function launch(cluster: Cluster, endpoint: Endpoint, logPath: string): Postmaster {
  if (endpoint.kind === 'socket') removeSocket(endpoint)
  const all = { ...SETTINGS, max_connections: String(cluster.connectionsMax), ...listenSettings(endpoint) }
  const settings = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const [command, args] = cluster.identity.wrap(cluster.binaries.postgres, ['-D', cluster.folder, ...settings])
  const logFile = openSync(logPath, 'a', 0o600)
  // A session of its own: Ctrl-C in the terminal must reach PostgreSQL last, through stopPostmaster.
  const child = spawn(command, args, { detached: true, cwd: cluster.dataDir, env: cleanEnvironment(), stdio: ['ignore', logFile, logFile] })
  closeSync(logFile)
  child.unref()
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`))
  })
  return { child, ended }
}

/** The folder is ours alone and its lock is held, so what lies there belongs to a PostgreSQL that is gone. */
function removeSocket(endpoint: Endpoint & { kind: 'socket' }): void {
  const path = join(endpoint.folder, `.s.PGSQL.${endpoint.port}`)
  rmSync(path, { force: true })
  rmSync(`${path}.lock`, { force: true })
}

async function becomesReady({ child, ended }: Postmaster, folder: string): Promise<boolean> {
  for (;;) {
    const file = readPostmasterFile(folder)
    if (file?.pid === child.pid && file?.status === 'ready') return true
    const isOver = await Promise.race([ended.then(() => true), sleep(READY_POLL_MS, false)])
    if (isOver) return false
  }
}
