import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const root = join(import.meta.dirname, '..', '..')

/** A fresh clone in a closed folder, with a home of its own, and the user who works in it (null = ourselves). */
export type Clone = { folder: string; home: string; repository: string; uid: number | null }

/** Clones the committed state. The folder and all in it belong to `uid` and are closed to everyone else. */
export function makeClone(uid: number | null): Clone {
  const folder = mkdtempSync(join(tmpdir(), 'clone-'))
  const clone = { folder, home: join(folder, 'home'), repository: join(folder, 'repository'), uid }
  mkdirSync(clone.home)
  must('git', ['-c', 'safe.directory=*', 'clone', '-q', root, clone.repository])
  if (uid !== null) must('chown', ['-R', `${uid}:${uid}`, folder])
  chmodSync(folder, 0o700)
  return clone
}

export function removeClone({ folder }: Clone): void {
  for (const pid of listProcesses(folder)) process.kill(pid, 'SIGKILL')
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
}

/** Why `uid` cannot be played here, or null. */
export function whyNotAs(uid: number): string | null {
  if (process.getuid?.() !== 0) return 'only root can play another user'
  if (spawnSync('setpriv', [...dropTo(uid), 'true']).status !== 0) return 'setpriv is missing or forbidden'
  return null
}

/** Why there is nothing to clone, or null. */
export function whyNoRepository(): string | null {
  return existsSync(join(root, '.git')) ? null : 'this folder is no git repository'
}

/** Why nothing can be installed here, or null. */
export function whyNoRegistry(): string | null {
  const { status } = spawnSync('npm', ['ping', '--fetch-retries=0', '--fetch-timeout=15000'], {
    env: environment(tmpdir(), {}),
    stdio: 'ignore',
  })
  return status === 0 ? null : 'the package registry is not reachable'
}

/** A program started in the clone, as in a terminal: a process group of its own, so that Ctrl-C reaches all of it. */
export type Started = { child: ChildProcess; text: () => string; ended: Promise<number | null> }

/** Runs `npm start` on the Node of this machine, with an empty environment but for `env`. */
export function startClone(clone: Clone, env: NodeJS.ProcessEnv): Started {
  const [command, ...args] = [...(clone.uid === null ? [] : ['setpriv', ...dropTo(clone.uid)]), 'npm', 'start']
  const child = spawn(command, args, {
    cwd: clone.repository,
    env: environment(clone.home, env),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return { child, text: () => text, ended: once(child, 'close').then(([code]) => code as number | null) }
}

/** Waits for words in the output. @throws with the output when the program ends without them */
export async function waitFor(started: Started, words: string): Promise<void> {
  let over = false
  void started.ended.then(() => (over = true))
  while (!started.text().includes(words)) {
    if (over) throw new Error(`it ended without "${words}":\n${started.text().slice(-6_000)}`)
    await sleep(200)
  }
}

/** Presses Ctrl-C and answers the exit code. */
export async function pressCtrlC({ child, ended }: Started): Promise<number | null> {
  process.kill(-(child.pid ?? 0), 'SIGINT')
  return ended
}

/** Processes that work in the folder (Linux; elsewhere none are known). */
export function listProcesses(folder: string): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && readCwd(name).startsWith(folder))
    .map(Number)
}

function readCwd(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ''
  }
}

/** What a stranger's terminal has: the system's programs (not those among our dependencies), a home, the way to the network. */
function environment(home: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const network = Object.entries(process.env).filter(([name]) => /^(https?_proxy|no_proxy|node_extra_ca_certs|ssl_cert_file)$/i.test(name))
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules') && !folder.includes('node-gyp-bin'))
  return { ...Object.fromEntries(network), PATH: path.join(delimiter), HOME: home, ...env }
}

function dropTo(uid: number): string[] {
  return [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--']
}

function must(command: string, args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr || error?.message}`)
}
