import pg from 'pg'
import type { Log } from '../../platform/log/log.ts'

/** The advisory lock of whoever admits calls on a database. Any number that nobody else locks there. */
const lockNumber = 4_918_273_646
/** The session of a process that was killed is gone within moments; one that stays is alive. */
const patienceMs = 5_000
const retryMs = 250

export type Leadership = { isHeld(): boolean; release(): Promise<void> }

/**
 * Makes this process the one that admits calls on this database; limits are counted in its memory, so there can be only one.
 * While the session is lost nothing is admitted; once it is back, `onRegained` runs before anything is. Throws when another process is it.
 */
export async function takeLeadership(databaseUrl: string, log: Log, onRegained: () => Promise<void>): Promise<Leadership> {
  let client: pg.Client | null = await lockWithin(databaseUrl, patienceMs)
  if (!client) throw new Error('Another process already runs the gateway on this database. Only one can for now: stop the other one first.')
  let isHeld = true
  let isReleased = false
  watch(client)

  function watch(session: pg.Client): void {
    session.on('error', () => {})
    session.on('end', () => {
      if (isReleased || client !== session) return
      isHeld = false
      client = null
      log.warn('the gateway lost its session with the database; it admits no calls until that is back')
      setTimeout(() => void regain(), retryMs)
    })
  }

  async function regain(): Promise<void> {
    if (isReleased) return
    try {
      client = await lockWithin(databaseUrl, 0)
      if (client) {
        watch(client)
        await onRegained()
        isHeld = true
        log.info('the gateway admits calls again')
        return
      }
      log.error('another process took over the gateway on this database; this one admits no calls')
    } catch (err) {
      log.warn({ err }, 'the gateway waits for the database')
      await client?.end().catch(() => {})
      client = null
    }
    setTimeout(() => void regain(), retryMs)
  }

  return {
    isHeld: () => isHeld,
    async release() {
      isReleased = true
      isHeld = false
      await client?.end().catch(() => {})
    },
  }
}

async function lockWithin(databaseUrl: string, withinMs: number): Promise<pg.Client | null> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    application_name: 'llm-manager gateway',
  })
  client.on('error', () => {})
  await client.connect()
  try {
    for (const until = Date.now() + withinMs; ;) {
      const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [lockNumber])
      if (rows[0]?.locked) return client
      if (Date.now() >= until) break
      await new Promise((resolve) => setTimeout(resolve, retryMs))
    }
  } catch (error) {
    await client.end().catch(() => {})
    throw error
  }
  await client.end()
  return null
}
