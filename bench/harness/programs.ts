import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** Where things run: the gateway has the first CPU to itself, mock and generator share the second. */
export type Place = 'gateway' | 'load' | 'anywhere'

export type Program = {
  pid: number
  child: ChildProcess
  /** The next message that `is` takes. Fails when the program ends before. */
  hear<T>(is: (message: unknown) => message is T, timeoutMs?: number): Promise<T>
  stop: () => Promise<void>
}

const isPinned = availableParallelism() >= 2 && spawnSync('taskset', ['-c', '1', 'true'], { stdio: 'ignore' }).status === 0

/** Whether programs can be bound to a CPU here (`taskset` of util-linux, and two CPUs). */
export function canPin(): boolean {
  return isPinned
}

/**
 * Starts a Node program on the Node that runs this, with a message channel; its output goes to a file.
 * @param args as after `node`
 * @param env the whole environment of the program, PATH and HOME aside
 */
export function startProgram(place: Place, args: string[], env: Record<string, string>, logPath: string): Program {
  const log = openSync(logPath, 'a', 0o600)
  const pinned = isPinned && place !== 'anywhere' ? ['taskset', '-c', place === 'gateway' ? '0' : '1'] : []
  const [program = '', ...words] = [...pinned, process.execPath, ...args]
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(program, words, { stdio: ['ignore', log, log, 'ipc'], env: { PATH, HOME, ...env } })
  closeSync(log)
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`))
  })
  child.on('error', () => undefined)
  return {
    pid: child.pid ?? 0,
    child,
    hear: (is, timeoutMs = 60_000) =>
      hear(child, is, timeoutMs, ended, () => `${args.join(' ')}\n${readFileSync(logPath, 'utf8').slice(-2_000)}`),
    stop: () => stop(child, ended),
  }
}

async function hear<T>(
  child: ChildProcess,
  is: (message: unknown) => message is T,
  timeoutMs: number,
  ended: Promise<string>,
  describe: () => string,
): Promise<T> {
  let listener: (message: unknown) => void = () => undefined
  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise<T>((resolve, reject) => {
      listener = (message) => {
        if (is(message)) resolve(message)
      }
      child.on('message', listener)
      timer = setTimeout(() => reject(new Error(`no word after ${timeoutMs / 1000} s from ${describe()}`)), timeoutMs)
      void ended.then((how) => reject(new Error(`ended (${how}): ${describe()}`)))
    })
  } finally {
    clearTimeout(timer)
    child.off('message', listener)
  }
}

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  child.kill('SIGTERM')
  const force = setTimeout(() => child.kill('SIGKILL'), 20_000)
  await ended
  clearTimeout(force)
}
