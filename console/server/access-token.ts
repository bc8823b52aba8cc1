import { createClient } from '@llm-manager/contract/client'
import { sessions } from '@llm-manager/contract/sessions'
import type { ConsoleConfig } from './console-config.ts'
import type { BrowserSession } from './session-cookie.ts'

type Entry = { token: Promise<string>; staleAtMs: number }

/** A token is renewed this long before the API would refuse it. */
const marginMs = 20_000
const maxEntries = 5_000

const entriesKey = Symbol.for('llm-manager.console.access-tokens')
const shared = globalThis as { [entriesKey]?: Map<string, Entry> }

/**
 * The short access token of a browser's session. Many calls at once make one exchange.
 * Throws `CallFailed`: 401 when the session has ended, status 0 when the API cannot be reached.
 */
export function accessTokenOf(session: BrowserSession, config: Pick<ConsoleConfig, 'apiUrl'>): Promise<string> {
  const entries = (shared[entriesKey] ??= new Map())
  const known = entries.get(session.secret)
  if (known && known.staleAtMs > Date.now()) return known.token
  const entry: Entry = { token: Promise.resolve(''), staleAtMs: Number.POSITIVE_INFINITY }
  entry.token = exchange(session, config).then(
    ({ access_token, expires_in }) => {
      entry.staleAtMs = Date.now() + expires_in * 1000 - marginMs
      return access_token
    },
    (failure: unknown) => {
      if (entries.get(session.secret) === entry) entries.delete(session.secret)
      throw failure
    },
  )
  entries.delete(session.secret)
  entries.set(session.secret, entry)
  if (entries.size > maxEntries) entries.delete(entries.keys().next().value ?? '')
  return entry.token
}

/** Drops the token of a session, because the API refused it or the person signed out. */
export function forgetAccessToken(session: BrowserSession): void {
  shared[entriesKey]?.delete(session.secret)
}

function exchange(session: BrowserSession, config: Pick<ConsoleConfig, 'apiUrl'>) {
  const call = createClient({ origin: config.apiUrl, retries: 0 })
  return call(sessions.exchangeConsoleSession, { body: { session_secret: session.secret } })
}
