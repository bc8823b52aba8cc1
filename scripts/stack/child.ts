import { spawn, type ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

const GUARD = new URL('./end-with-parent.mjs', import.meta.url).href
const PATIENCE_MS = 40_000

/** A program that was started, and a promise of its end that never fails. */
export type Child = { process: ChildProcess; ended: Promise<string> }

/**
 * Starts a Node program in a process group of its own (Ctrl-C in the terminal reaches only us, and we stop things in
 * order) with a message channel, over which it tells when it is ready.
 * @param args what to run, as after `node`
 */
export function startChild(args: string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Child {
  const child = spawn(process.execPath, ['--import', GUARD, ...args], {
    ...options,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`))
  })
  return { process: child, ended }
}

/** Asks a program to stop and waits; after 40 s, or 3 s once `hurry` is called for, it is ended by force. */
export async function stopChild(child: Child, hurry: AbortSignal): Promise<void> {
  if (isOver(child)) return
  child.process.kill('SIGTERM')
  const force = setTimeout(() => child.process.kill('SIGKILL'), PATIENCE_MS)
  const rush = async (): Promise<void> => {
    child.process.kill('SIGTERM')
    await sleep(3_000, undefined, { ref: false })
    child.process.kill('SIGKILL')
  }
  if (hurry.aborted) void rush()
  else hurry.addEventListener('abort', () => void rush(), { once: true })
  await child.ended
  clearTimeout(force)
}

export function isOver(child: Child): boolean {
  return child.process.exitCode !== null || child.process.signalCode !== null || child.process.pid === undefined
}
