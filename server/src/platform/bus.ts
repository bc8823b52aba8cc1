import pg from 'pg'
import type { Log } from './log.ts'

/**
 * Tells a process that rows it holds in memory have changed. A subscriber catches up by reading what is newer than what it has;
 * it runs after every NOTIFY, after each of this process's own changes (`caughtUp`), and when the poll sees a version it missed.
 */
export type Bus = {
  subscribe(catchUp: () => Promise<void>): void
  /** Resolves when every subscriber has caught up with all that was committed before this call. */
  caughtUp(): Promise<void>
  close(): Promise<void>
}

const pollMs = 1000
const reconnectMs = 500

export async function openBus(url: string, log: Log): Promise<Bus> {
  const subscribers: (() => Promise<void>)[] = []
  let closed = false
  let running: Promise<void> | null = null
  let waiting: Promise<void> | null = null
  let listener: pg.Client | null = null

  async function runAll(): Promise<void> {
    await Promise.all(subscribers.map((catchUp) => catchUp()))
  }

  /** At most one run under way and one behind it: a run that started before the call may have read too early. */
  function caughtUp(): Promise<void> {
    if (subscribers.length === 0) return Promise.resolve()
    if (!running) {
      running = runAll().finally(() => {
        running = null
      })
      return running
    }
    waiting ??= running.catch(() => {}).then(() => {
      waiting = null
      return caughtUp()
    })
    return waiting
  }

  function wake(): void {
    if (!closed) caughtUp().catch((err: unknown) => log.warn({ err }, 'could not read changes; the next poll tries again'))
  }

  async function listen(): Promise<void> {
    const client = new pg.Client({ connectionString: url, keepAlive: true, application_name: 'llm-manager bus' })
    client.on('notification', wake)
    client.on('error', () => client.end().catch(() => {}))
    client.on('end', () => {
      if (listener === client) listener = null
    })
    await client.connect()
    await client.query('listen changes')
    listener = client
  }

  let seen: string | null = null
  async function poll(): Promise<void> {
    if (!listener) {
      await listen()
      wake()
    }
    const { rows } = await listener!.query<{ last_value: bigint }>('select last_value from change_versions')
    const now = String(rows[0]?.last_value)
    if (seen !== null && seen !== now) wake()
    seen = now
  }

  await listen()
  let timer = setTimeout(tick, pollMs)
  function tick(): void {
    poll()
      .catch((err: unknown) => log.warn({ err }, 'the database does not answer; changes of other processes wait'))
      .finally(() => {
        if (!closed) timer = setTimeout(tick, listener ? pollMs : reconnectMs)
      })
  }

  return {
    subscribe: (catchUp) => void subscribers.push(catchUp),
    caughtUp,
    async close() {
      closed = true
      clearTimeout(timer)
      await listener?.end().catch(() => {})
    },
  }
}
