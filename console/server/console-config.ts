import { hkdfSync, randomBytes } from 'node:crypto'

export type ConsoleConfig = {
  port: number
  host: string
  /** Origin of the API; the console's server is the only one that calls it, never the browser. */
  apiUrl: string
  /** Origin under which people reach the console, where a proxy stands before it. */
  publicOrigin: string | null
  /** Origin under which applications reach the gateway, where that is not the API's own; see access-keys/_code/gateway-origin.ts. */
  gatewayOrigin: string | null
  /** Encrypts the session cookie and keys the CSRF tokens. */
  sessionSecret: string
  /** Cookies carry `Secure` and the `__Host-` prefix. */
  isSecure: boolean
}

type Env = Record<string, string | undefined>

/**
 * Reads the console's environment. Throws one Error that lists everything that is wrong.
 * The session secret is SESSION_SECRET, else derived from JWT_SECRET_KEY, else made up for the life of this process.
 */
export function parseConsoleConfig(env: Env): ConsoleConfig {
  const wrong: string[] = []
  const port = Number(env.CONSOLE_PORT ?? '3000')
  if (!Number.isInteger(port) || port < 0 || port > 65535) wrong.push('CONSOLE_PORT is not a port')
  const apiUrl = originOf(env.API_URL ?? 'http://127.0.0.1:4000')
  if (!apiUrl) wrong.push('API_URL is not an http(s) address')
  const publicOrigin = env.PUBLIC_URL ? originOf(env.PUBLIC_URL) : null
  if (env.PUBLIC_URL && !publicOrigin) wrong.push('PUBLIC_URL is not an http(s) address')
  const gatewayOrigin = env.GATEWAY_URL ? originOf(env.GATEWAY_URL) : null
  if (env.GATEWAY_URL && !gatewayOrigin) wrong.push('GATEWAY_URL is not an http(s) address')
  if (env.SESSION_SECRET && Buffer.byteLength(env.SESSION_SECRET) < 32) wrong.push('SESSION_SECRET has fewer than 32 bytes')
  if (wrong.length > 0 || !apiUrl) throw new Error(`The console cannot start: ${wrong.join('; ')}`)
  return {
    port,
    host: env.HOST ?? '127.0.0.1',
    apiUrl,
    publicOrigin,
    gatewayOrigin,
    sessionSecret: env.SESSION_SECRET ?? derivedSecret(env.JWT_SECRET_KEY) ?? randomBytes(32).toString('base64url'),
    isSecure: publicOrigin?.startsWith('https:') ?? false,
  }
}

/** The configuration of this process: read once, the same for the server and for the pages it renders. */
export function consoleConfig(): ConsoleConfig {
  return (shared[configKey] ??= parseConsoleConfig(process.env))
}

/** Pages are bundled apart from the server, so what both must share hangs on the global object. */
const configKey = Symbol.for('llm-manager.console.config')
const shared = globalThis as { [configKey]?: ConsoleConfig }

function originOf(address: string): string | null {
  if (!URL.canParse(address)) return null
  const url = new URL(address)
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.origin : null
}

/** A key of its own, so that whoever reads the console's memory cannot sign access tokens. */
function derivedSecret(jwtSecret: string | undefined): string | null {
  if (!jwtSecret) return null
  return Buffer.from(hkdfSync('sha256', jwtSecret, '', 'console session', 32)).toString('base64url')
}
