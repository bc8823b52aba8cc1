import { Kysely, PostgresDialect, type Transaction } from 'kysely'
import pg from 'pg'

/** The tables; each feature adds its own by declaration merging, beside its SQL. */
export interface Tables {}

export type Db = Kysely<Tables>

declare const writable: unique symbol
/** A transaction in which one may write: made by `change` for what people do, by `unattended` for what nobody asked for. */
export type Tx = Transaction<Tables> & { readonly [writable]: true }

/** Either side of a read: the pool, or the transaction under way. */
export type Reader = Db | Tx

const int8 = 20
const numeric = 1700

/** int8 and numeric arrive as bigint where they are integers; times arrive as Date. Set once, for every connection of the process. */
pg.types.setTypeParser(int8, (text) => BigInt(text))
pg.types.setTypeParser(numeric, (text) => (text.includes('.') ? Number(text) : BigInt(text)))

export type OpenDb = { db: Db; pool: pg.Pool; close: () => Promise<void> }

/** A database that hangs is like one that is away: whoever waits for a connection or an answer is told after so long. */
const patienceMs = 10_000

/**
 * Opens a pool of at most `connectionsMax` on PostgreSQL; nothing is connected before the first query. A statement without an answer
 * fails after `answerMs`; a transaction it was part of is not committed, and its connection is not used again.
 */
export function openDb(url: string, connectionsMax = 10, answerMs = patienceMs): OpenDb {
  const pool = new pg.Pool({
    connectionString: url,
    max: connectionsMax,
    connectionTimeoutMillis: patienceMs,
    query_timeout: answerMs,
    application_name: 'llm-manager',
  })
  // A connection that dies while idle, or between two statements of a transaction, fails the next query, if there is one; without
  // listeners it would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  return { db, pool, close: () => db.destroy() }
}

/** A writing transaction for work that no person asked for (drains, sweeps, first start): no permission, no audit row. */
export function unattended<T>(db: Db, run: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction().execute((tx) => run(tx as Tx))
}

/** The SQLSTATE of a database error, else null. */
export function sqlState(error: unknown): string | null {
  return error instanceof pg.DatabaseError ? (error.code ?? null) : null
}

/** Whether an insert met a row that is already there (SQLSTATE 23505). */
export function isDuplicate(error: unknown): boolean {
  return sqlState(error) === '23505'
}
