import { resolve } from 'node:path'

/** What starting everything on one box needs to know; the server reads and checks the rest itself. */
export type StackSettings = { host: string; apiPort: number; consolePort: number; withConsole: boolean; dataDir: string }

/**
 * Reads HOST, API_PORT, CONSOLE_PORT, CONSOLE and DATA_DIR.
 * @throws with everything that is wrong, naming the variables
 */
export function readSettings(env: NodeJS.ProcessEnv): StackSettings {
  const wrong: string[] = []
  const readPort = (name: string, fallback: number): number => {
    const text = env[name] || String(fallback)
    const port = Number(text)
    if (!/^\d+$/.test(text) || port > 65_535) wrong.push(`${name} must be a port between 1 and 65535, or 0 for any free one`)
    return port
  }
  const settings = {
    host: env.HOST || '127.0.0.1',
    apiPort: readPort('API_PORT', 4000),
    consolePort: readPort('CONSOLE_PORT', 3000),
    withConsole: readSwitch(env.CONSOLE),
    dataDir: resolve(env.DATA_DIR || './data'),
  }
  if (env.CONSOLE && !['on', 'off'].includes(env.CONSOLE)) wrong.push('CONSOLE must be on or off')
  if (settings.withConsole && settings.apiPort !== 0 && settings.apiPort === settings.consolePort)
    wrong.push('API_PORT and CONSOLE_PORT must differ')
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
  return settings
}

/** How a person reaches a port: `localhost` unless it listens on one address of its own. */
export function publicOrigin(host: string, port: number): string {
  return `http://${isEverywhere(host) || isLoopback(host) ? 'localhost' : bracket(host)}:${port}`
}

/** How a program on this box reaches a port. */
export function localOrigin(host: string, port: number): string {
  return `http://${isEverywhere(host) ? '127.0.0.1' : bracket(host)}:${port}`
}

function readSwitch(value: string | undefined): boolean {
  return value !== 'off'
}

function isEverywhere(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}

function bracket(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
