import { fork, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../..', import.meta.url))

type Env = Record<string, string>

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export type Running = { stop: () => Promise<void> }

/** Starts a program of the repository and waits for its first line that matches; fails with what it said otherwise. */
export async function startProgram(args: string[], env: Env, isReady: RegExp): Promise<Running & { said: string }> {
  const child = spawn(process.execPath, args, { cwd: root, env: cleanEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] })
  const said = await new Promise<string>((resolve, reject) => {
    let text = ''
    const listen = (part: Buffer) => {
      text += part.toString()
      if (isReady.test(text)) resolve(text)
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    child.once('exit', (code) => reject(new Error(`${args.join(' ')} ended with ${code}: ${text.slice(-2000)}`)))
  })
  return { said, stop: () => end(child) }
}

/** Starts the server as `npm start` does, and waits until it says that it serves. */
export async function startServer(env: Env): Promise<Running & { apiUrl: string; setupUrl: string | null }> {
  const child = fork('server/src/main.ts', ['all'], { cwd: root, env: cleanEnvironment(env), stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  let errors = ''
  child.stderr?.on('data', (part: Buffer) => (errors += part.toString()))
  const [message] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => [{ type: 'failed', message: errors }]),
  ])) as [{ type: string; message?: string; apiUrl: string; setupUrl: string | null }]
  if (message.type !== 'ready') throw new Error(`the server did not start: ${message.message}`)
  return { apiUrl: message.apiUrl, setupUrl: message.setupUrl, stop: () => end(child) }
}

/** Nothing of the caller's own settings reaches the programs under test. */
function cleanEnvironment(env: Env): NodeJS.ProcessEnv {
  const { PATH = '', HOME = '', TMPDIR = '' } = process.env
  return { PATH, HOME, ...(TMPDIR && { TMPDIR }), TZ: 'UTC', NODE_ENV: 'production', ...env }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await ended
  clearTimeout(timer)
}
