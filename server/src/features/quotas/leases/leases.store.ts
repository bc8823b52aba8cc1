import pg from 'pg'
import type { LeaseWord } from './accounts.ts'

/** Names a counter; `window_start` in ISO-8601 UTC. */
export type CounterName = { tenant_id: string; limit_id: string; window_start: string }
export type Want = CounterName & { need: string; ask: string }
export type Keep = CounterName & { keep: string; serial: string }

/** For each call null where it has its room, else the counter that had none, and how many living processes hold some of it. */
export type Taken =
  | { state: 'done'; answers: ({ limit_id: string; window_start: string; others: number } | null)[]; words: LeaseWord[] }
  | { state: 'not_live' | 'missing' }

/** The steps of the lease protocol in the database. Whatever throws may have happened or not. */
export type LeaseStore = {
  /** False when the epoch was taken over. `takes`: the number of the newest asking for room. */
  renew(epoch: string, termMs: number, takes: number): Promise<boolean>
  ensureCounters(keys: CounterName[]): Promise<void>
  /** `number` goes up with every asking: one that arrives after a later one does nothing. */
  take(epoch: string, number: number, calls: Want[][]): Promise<Taken>
  /** Only where the lease still has that `serial`. `tell` goes to every process, once it is done. */
  giveBack(epoch: string, rows: Keep[], tell: string | null): Promise<LeaseWord[]>
  tell(message: string): Promise<void>
  leave(epoch: string): Promise<void>
  close(): Promise<void>
}

/** The server gives up a statement after so long, and whoever waits for it a little later. */
const statementMs = 3_000

type Word = { limit_id: string; window_start: string; granted: string; serial: string; left: string | null }

/** A session of its own, one statement after the other; a lost one is made anew with the next statement. */
export function openLeaseStore(databaseUrl: string): LeaseStore {
  let session: Promise<pg.Client> | null = null

  async function query<Row extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<Row[]> {
    const used = (session ??= connect(databaseUrl, () => forget(used)))
    try {
      return (await (await used).query<Row>(text, values)).rows
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) forget(used)
      throw error
    }
  }

  function forget(lost: Promise<pg.Client>): void {
    if (session === lost) session = null
    lost.then((client) => client.end()).catch(() => {})
  }

  return {
    async renew(epoch, termMs, takes) {
      const rows = await query<{ alive: boolean }>(`select renew_epoch($1, $2 * interval '1 ms', $3) as alive`, [epoch, termMs, takes])
      return rows[0]!.alive
    },
    async ensureCounters(keys) {
      await query('select ensure_counters($1)', [JSON.stringify(keys)])
    },
    async take(epoch, number, calls) {
      type Answer =
        | { state: 'done'; answers: Extract<Taken, { state: 'done' }>['answers']; words: Word[] }
        | { state: 'not_live' | 'missing' }
      const rows = await query<{ answer: Answer }>('select take_room($1, $2, $3) as answer', [epoch, JSON.stringify(calls), number])
      const { answer } = rows[0]!
      return answer.state === 'done' ? { ...answer, words: answer.words.map(readWord) } : answer
    },
    async giveBack(epoch, keeps, tell) {
      const rows = await query<{ words: Word[] }>('select give_back($1, $2, $3) as words', [epoch, JSON.stringify(keeps), tell])
      return rows[0]!.words.map(readWord)
    },
    async tell(message) {
      await query(`select pg_notify('slack', $1)`, [message])
    },
    async leave(epoch) {
      await query('select leave_epoch($1)', [epoch])
    },
    async close() {
      const client = await session?.catch(() => null)
      session = null
      await client?.end().catch(() => {})
    },
  }
}

/** A lease as the database tells it in JSON. */
export function readWord({ limit_id, window_start, granted, serial, left }: Word): LeaseWord {
  return {
    limitId: limit_id,
    windowStart: new Date(window_start).toISOString(),
    granted: BigInt(granted),
    serial: BigInt(serial),
    left: left === null ? null : BigInt(left),
  }
}

async function connect(connectionString: string, onLost: () => void): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString,
    keepAlive: true,
    connectionTimeoutMillis: statementMs,
    statement_timeout: statementMs,
    query_timeout: statementMs + 1_000,
    application_name: 'llm-manager leases',
  })
  // Without a listener the error would end the process.
  client.on('error', () => {})
  await client.connect()
  client.on('end', onLost)
  return client
}
