import { once } from 'node:events'
import { join } from 'node:path'
import { stopChild, type Child } from './child.ts'
import { buildConsole } from './console-build.ts'
import { consoleEnvironment, readSessionSecret } from './console-environment.ts'
import { superviseConsole } from './console-process.ts'
import { secondsSince } from './elapsed.ts'
import { claimPort } from './ports.ts'
import { startServer } from './server-process.ts'
import { localOrigin, publicOrigin, readSettings } from './settings.ts'
import { watchStopSignals } from './stop-signals.ts'

/** Where a running stack is reached. */
export type StackAddresses = { api: string; console: string | null; setupUrl: string | null }

export type StackOptions = {
  /** reload on changes: `node --watch` and the console's development server */
  isDev: boolean
  env: NodeJS.ProcessEnv
  /** called when everything answers, before the addresses are printed */
  whenReady?: (addresses: StackAddresses) => Promise<void>
  /** called first when everything stops */
  whenStopping?: () => Promise<void>
}

const root = join(import.meta.dirname, '..', '..')
const say = (line: string): void => console.log(line)

/**
 * Runs the server and the console on this box until a signal or the end of the server, then stops them in order: the
 * console, then the server with its database. SIGUSR2, by which the server replaces its workers, is handed on to it.
 * @returns the exit code: 0 after a signal, 1 when something failed (which has been said)
 */
export async function runStack(options: StackOptions): Promise<number> {
  const signals = watchStopSignals(say)
  const children: { server?: Child; console?: () => Child } = {}
  const handOn = (): void => void children.server?.process.kill('SIGUSR2')
  process.on('SIGUSR2', handOn)
  try {
    await start(options, signals.stop, children)
    const lost = await Promise.race([once(signals.stop, 'abort').then(() => null), children.server?.ended])
    if (lost === null) return 0
    say(`the server ended unexpectedly (${lost}); stopping`)
    return 1
  } catch (error) {
    if (signals.stop.aborted) return 0
    say(error instanceof Error ? error.message : String(error))
    return 1
  } finally {
    signals.beginStop()
    await options.whenStopping?.()
    if (children.console) await stopChild(children.console(), signals.hurry)
    if (children.server) await stopChild(children.server, signals.hurry)
    signals.end()
    process.off('SIGUSR2', handOn)
    if (children.server) say('stopped')
  }
}

async function start(options: StackOptions, stopping: AbortSignal, children: { server?: Child; console?: () => Child }): Promise<void> {
  const startedAt = Date.now()
  const settings = readSettings(options.env)
  const { host, withConsole } = settings
  const apiPort = await claimPort(host, settings.apiPort, 'API_PORT')
  const consolePort = withConsole ? await claimPort(host, settings.consolePort, 'CONSOLE_PORT') : settings.consolePort
  if (withConsole && !options.isDev) await buildConsole(root, say, stopping)
  say('starting the server')
  const env: NodeJS.ProcessEnv = { ...options.env, API_PORT: String(apiPort), CONSOLE_PORT: String(consolePort) }
  const nodeArgs = options.isDev ? ['--watch', '--watch-preserve-output'] : []
  const server = startServer(root, env, nodeArgs, stopping)
  children.server = server.child
  const { setupUrl } = await server.ready
  if (withConsole) {
    const consoleEnv = {
      ...consoleEnvironment(env),
      HOST: host,
      API_URL: localOrigin(host, apiPort),
      SESSION_SECRET: env.SESSION_SECRET ?? readSessionSecret(settings.dataDir),
    }
    const supervised = superviseConsole({
      root,
      env: consoleEnv,
      origin: localOrigin(host, consolePort),
      isDev: options.isDev,
      say,
      stopping,
    })
    children.console = supervised.current
    await supervised.ready
  }
  const addresses = { api: publicOrigin(host, apiPort), console: withConsole ? publicOrigin(host, consolePort) : null, setupUrl }
  await options.whenReady?.(addresses)
  sayAddresses(addresses, startedAt)
}

function sayAddresses({ api, console: consoleUrl, setupUrl }: StackAddresses, startedAt: number): void {
  say(`LLM Manager is ready (${secondsSince(startedAt)} s)`)
  if (consoleUrl !== null) say(`  console   ${consoleUrl}`)
  say(`  API       ${api}`)
  if (setupUrl !== null)
    say(`  set-up    ${consoleUrl === null ? tellSetupCall(api, setupUrl) : setupUrl}  (works once: creates the first administrator)`)
  say('Ctrl-C stops everything.')
}

/** Without a console there is no page for the link: then the call that it would make. */
function tellSetupCall(api: string, setupUrl: string): string {
  return `POST ${api}/api/setup {"token": "${new URL(setupUrl).searchParams.get('token')}", "email", "name", "password"}`
}
