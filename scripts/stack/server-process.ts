import { once } from 'node:events'
import { join } from 'node:path'
import { startChild, type Child } from './child.ts'

/** What the server's process tells its parent, once. */
export type ServerMessage = { type: 'ready'; apiUrl: string; setupUrl: string | null } | { type: 'failed'; message: string }

/**
 * Starts `server/src/main.ts all`.
 * @param nodeArgs put before the program, such as `--watch`
 * @returns `ready` resolves when it serves; it fails when the server ends or fails before, or `stopping` is aborted
 */
export function startServer(
  root: string,
  env: NodeJS.ProcessEnv,
  nodeArgs: string[],
  stopping: AbortSignal,
): { child: Child; ready: Promise<{ setupUrl: string | null }> } {
  const child = startChild([...nodeArgs, join(root, 'server', 'src', 'main.ts'), 'all'], { cwd: root, env })
  const told = new Promise<ServerMessage>((resolve) => {
    child.process.on('message', (message) => {
      if (isServerMessage(message)) resolve(message)
    })
  })
  const ended = child.ended.then((how): ServerMessage => ({ type: 'failed', message: `the server ended before it was ready (${how})` }))
  const stopped = once(stopping, 'abort').then((): ServerMessage => ({ type: 'failed', message: 'stopped before it was ready' }))
  return { child, ready: Promise.race([told, ended, stopped]).then(readyOrThrow) }
}

function readyOrThrow(message: ServerMessage): { setupUrl: string | null } {
  if (message.type === 'failed') throw new Error(message.message)
  return message
}

function isServerMessage(message: unknown): message is ServerMessage {
  const type = typeof message === 'object' && message !== null && 'type' in message ? message.type : null
  return type === 'ready' || type === 'failed'
}
