import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isOver, startChild, type Child } from './child.ts'

const MAX_RESTARTS = 3
const RESTART_WINDOW_MS = 60_000
const POLL_MS = 100

type ConsoleOptions = {
  root: string
  env: NodeJS.ProcessEnv
  origin: string
  isDev: boolean
  say: (line: string) => void
  stopping: AbortSignal
}

/**
 * Keeps the console running. It is replaced when it ends by itself, at most three times in a minute; then the gateway
 * goes on without it, and that is said.
 * @returns `current` is the process of now; `ready` resolves at its first answer, and fails when it ends before one
 */
export function superviseConsole(options: ConsoleOptions): { current: () => Child; ready: Promise<void> } {
  let child = launch(options)
  return { current: () => child, ready: becomeReady() }

  async function becomeReady(): Promise<void> {
    if (!(await answers(child, options))) throw new Error(`the console did not start (${await child.ended})`)
    void keepRunning()
  }

  async function keepRunning(): Promise<void> {
    const ends: number[] = []
    for (;;) {
      const how = await child.ended
      if (options.stopping.aborted) return
      ends.push(Date.now())
      if (ends.filter((at) => at > Date.now() - RESTART_WINDOW_MS).length > MAX_RESTARTS) {
        options.say(`the console ended again (${how}) and stays down; the API and the gateway go on without it`)
        return
      }
      options.say(`the console ended by itself (${how}); starting it again`)
      child = launch(options)
    }
  }
}

function launch({ root, env, isDev }: ConsoleOptions): Child {
  return startChild([join(root, 'console', 'server.mjs'), ...(isDev ? ['--dev'] : [])], { cwd: join(root, 'console'), env })
}

/** Whether it came to answer over HTTP, whatever the answer. */
async function answers(child: Child, { origin, stopping }: ConsoleOptions): Promise<boolean> {
  while (!isOver(child)) {
    stopping.throwIfAborted()
    const response = await fetch(origin, { redirect: 'manual' }).catch(() => null)
    await response?.body?.cancel()
    if (response !== null) return true
    await sleep(POLL_MS)
  }
  return false
}
