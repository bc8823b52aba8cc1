import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { sqlState } from '../../platform/db.ts'
import { readLeaseWords, type LeaseWordRow } from '../quotas/ledger.ts'
import type { LeaseWord } from '../quotas/leases/accounts.ts'
import { batchOf, lineColumns, type Batch, type JournaledEvent, type Usage } from './events.lines.ts'

/** What a drain has brought into each counter, new or not, and what the leases of the epoch are now. */
export type Drained = { counters: Usage[]; words: LeaseWord[] }

/** Brings events into the accounts of a database; one batch at a time. */
export type EventSink = {
  /**
   * Brings events of one journal into the database exactly once, in one transaction with their ledger entries, counters, roll-ups and the
   * position in their journal. Those up to the position that is known there, and those that are there already (the answer to an earlier
   * commit was lost), change nothing. Goes through them once more when something in them cannot be stored. Throws when nobody knows
   * whether it has happened; the same again is right then.
   */
  drain(epoch: string, events: Iterable<JournaledEvent> | Batch): Promise<Drained>
  close(): Promise<void>
}

/** The server gives up a statement after so long, and whoever waits for it after twice that. */
const statementMs = 10_000
/** A session with a table of its own holds up the freezing of old rows, so it is not kept for ever. */
const sessionMsMax = 3600_000

const stage = `create temporary table staged_events (like usage_events, journal_position bigint, counters integer[], amounts bigint[])
  on commit delete rows`
const copy = `copy staged_events (${lineColumns.join(', ')}) from stdin`

type Session = { client: Promise<pg.Client>; openedAtMs: number }

/** Opens a sink with a session of its own, made with the first batch and made anew after whatever fails. */
export function openEventSink(databaseUrl: string): EventSink {
  let session: Session | null = null

  async function drainBatch(epoch: string, { lines, counters }: Batch): Promise<Drained> {
    if (session && performance.now() - session.openedAtMs > sessionMsMax) await end()
    session ??= { client: connect(databaseUrl), openedAtMs: performance.now() }
    try {
      const words = await bring(await session.client, epoch, lines, JSON.stringify(counters.map(keyOf)))
      return { counters, words }
    } catch (error) {
      // Whatever is under way in it is undone, or will be there when the same events come again.
      void end()
      throw error
    }
  }

  async function end(): Promise<void> {
    const ended = session
    session = null
    await ended?.client.then((client) => client.end()).catch(() => {})
  }

  return {
    async drain(epoch, events) {
      const batch = 'lines' in events ? events : await batchOf(events)
      try {
        return await drainBatch(epoch, batch)
      } catch (error) {
        if (!isDataError(error)) throw error
        // One event that PostgreSQL cannot store must not hold up the ones behind it.
        return await drainBatch(epoch, await batchOf(batch.events, true))
      }
    },
    close: end,
  }
}

/**
 * Counters are made in a transaction of their own; rows are copied before anything is locked; and what locks is one message, so that no
 * lock waits for this process, however busy it is.
 */
async function bring(client: pg.Client, epoch: string, lines: Buffer[], counters: string): Promise<LeaseWord[]> {
  await client.query('select ensure_counters($1)', [counters])
  await client.query('begin')
  await pipeline(Readable.from(lines), client.query(copyFrom(copy)))
  const [keys, id] = [client.escapeLiteral(counters), client.escapeLiteral(epoch)]
  const results = await client.query(`select drain_staged(${id}, ${keys}) as words; commit`)
  const [answer] = results as unknown as [pg.QueryResult<{ words: LeaseWordRow[] }>]
  return readLeaseWords(answer.rows[0]!.words)
}

function keyOf({ tenant_id, limit_id, window_start }: Usage) {
  return { tenant_id, limit_id, window_start }
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString,
    keepAlive: true,
    connectionTimeoutMillis: statementMs,
    statement_timeout: statementMs,
    query_timeout: statementMs * 2,
    idle_in_transaction_session_timeout: statementMs,
    application_name: 'llm-manager drain',
  })
  // A connection that dies fails the query under way, or the next one; without a listener it would end the process.
  client.on('error', () => {})
  await client.connect()
  await client.query(stage)
  return client
}

/** Class 22 of SQLSTATE: a value that its column cannot hold. */
function isDataError(error: unknown): boolean {
  return sqlState(error)?.startsWith('22') ?? false
}
