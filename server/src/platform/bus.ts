import pg from 'pg'
import type { Log } from './log/log.ts'

/**
 * Tells a process that rows it holds in memory have changed. A subscriber catches up by reading what is newer than what it has;
 * it runs after every NOTIFY, after each of this process's own changes (`caughtUp`), and when the poll sees a version it missed.
 */
export type Bus = {
  subscribe: (catchUp: () => Promise<void>) => void
  /** Resolves when every subscriber has caught up with all that was committed before this call. */
  caughtUp: () => Promise<void>
  /** Hears what is told on a channel by NOTIFY, by this process too. What is told while the connection is lost is not heard. */
  listen: (channel: string, hear: (payload: string) => void) => Promise<void>
  close: () => Promise<void>
}

const pollMs = 1000
const reconnectMs = 500

/** Listens on a connection of its own and reconnects for as long as the bus is open. Throws when the first connection fails. */
export async function openBus(url: string, log: Log): Promise<Bus> {
  const subscribers: (() => Promise<void>)[] = []
  const caughtUp = oneAtATime(async () => {
    await Promise.all(subscribers.map((catchUp) => catchUp()))
  })
  const channels = new Map<string, (payload: string) => void>()
  const hear = ({ channel, payload }: pg.Notification) => {
    if (channel === 'changes') wake()
    else channels.get(channel)?.(payload ?? '')
  }
  const listenAll = () => listen(url, hear, ['changes', ...channels.keys()])
  const wake = () => void caughtUp().catch((err: unknown) => log.warn({ err }, 'could not read changes; the next poll tries again'))
  let listener: pg.Client | null = await listenAll()
  let seen: string | null = null
  let closed = false
  let timer = setTimeout(tick, pollMs)

  /** A connection that died answers this query with an error: whatever was missed meanwhile is read once there is a new one. */
  async function poll(): Promise<void> {
    if (!listener) {
      listener = await listenAll()
      wake()
    }
    const { rows } = await listener.query<{ last_value: bigint }>('select last_value from change_versions')
    const now = String(rows[0]?.last_value)
    if (seen !== null && seen !== now) wake()
    seen = now
  }

  function tick(): void {
    poll()
      .catch((err: unknown) => {
        log.warn({ err }, 'the database does not answer; changes of other processes wait')
        void listener?.end().catch(() => {})
        listener = null
      })
      .finally(() => {
        if (!closed) timer = setTimeout(tick, listener ? pollMs : reconnectMs)
      })
  }

  return {
    subscribe: (catchUp) => void subscribers.push(catchUp),
    caughtUp,
    async listen(channel, hearPayload) {
      channels.set(channel, hearPayload)
      await listener?.query(`listen ${listener.escapeIdentifier(channel)}`)
    },
    async close() {
      closed = true
      clearTimeout(timer)
      await listener?.end().catch(() => {})
    },
  }
}

async function listen(url: string, hear: (message: pg.Notification) => void, channels: string[]): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, keepAlive: true, query_timeout: 5000, application_name: 'llm-manager bus' })
  client.on('notification', hear)
  // The next poll finds the connection dead and makes a new one; without a listener the error would end the process.
  client.on('error', () => {})
  await client.connect()
  for (const channel of channels) await client.query(`listen ${client.escapeIdentifier(channel)}`)
  return client
}

/** At most one run under way and one behind it: a run that began before the call may have read too early to count for it. */
function oneAtATime(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null
  let next: Promise<void> | null = null
  const start = (): Promise<void> => {
    running = run().finally(() => {
      running = null
    })
    return running
  }
  return () => {
    if (!running) return start()
    next ??= running
      .catch(() => {})
      .then(() => {
        next = null
        return start()
      })
    return next
  }
}
