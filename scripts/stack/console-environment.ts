import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Variables that only the server may see; the console speaks to it over HTTP like anybody else. */
const SERVER_ONLY = /^(ENCRYPTION_KEY|JWT_SECRET_KEY|DATABASE_URL|ADMIN_PASSWORD|SMTP_URL|METRICS_TOKEN|NODE_CHANNEL_.*)$/

/** The environment without what is not for the console. */
export function consoleEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !SERVER_ONLY.test(name))
  return { ...Object.fromEntries(kept), NEXT_TELEMETRY_DISABLED: '1' }
}

/**
 * The key of the console's session cookies: made once, kept in the data folder (0600), so that nobody is signed out
 * by a restart.
 */
export function readSessionSecret(dataDir: string): string {
  const path = join(dataDir, 'console-session-secret')
  if (existsSync(path)) return readFileSync(path, 'utf8').trim()
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const secret = randomBytes(32).toString('base64url')
  writeFileSync(path, `${secret}\n`, { mode: 0o600 })
  return secret
}
