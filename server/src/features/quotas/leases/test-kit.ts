import pg from 'pg'
import { newDatabase } from '../../../../test/harness.ts'
import { newId } from '../../../platform/ids.ts'
import { createLog } from '../../../platform/log/log.ts'
import type { Amounts, Limit } from './accounts.ts'
import { accountsFor, emptyBook, putLimit, type Book } from './book.ts'
import { openLeases, type LeaseOptions, type Leases } from './leases.ts'
import { openLeaseStore, type LeaseStore } from './leases.store.ts'

/** A process's side of the lease protocol, on a database with limits in it. */
export type Process = {
  epoch: string
  book: Book
  leases: Leases
  /** How often it asked for room. */
  takes: () => number
  /** Reserves in all limits of a subject; false when one had no room. */
  reserve(subjectId: string, worst: Amounts, at?: Date): Promise<boolean>
  close(): Promise<void>
}

type ProcessOptions = { store?: (own: LeaseStore) => LeaseStore } & Partial<Pick<LeaseOptions, 'now' | 'wallNow' | 'onBlocked'>>

export type LeaseWorld = {
  url: string
  sql: pg.Client
  tenantId: string
  limit(settings?: Partial<Limit>): Promise<Limit>
  process(options?: ProcessOptions): Promise<Process>
  counters(): Promise<{ posted: bigint; leased: bigint }[]>
  close(): Promise<void>
}

/** The same amount in every metric. */
export function amounts(each: bigint): Amounts {
  return { cost: each, tokens: each, requests: 1n, parallel: 1n }
}

export async function openLeaseWorld(): Promise<LeaseWorld> {
  const url = await newDatabase()
  const sql = new pg.Client({ connectionString: url })
  await sql.connect()
  const tenantId = newId()
  await sql.query(`insert into tenants (id, name, plan, created_at) values ($1, 'Ours', 'pro', now())`, [tenantId])
  const closing: (() => Promise<void>)[] = []
  const limits: Limit[] = []
  const world: LeaseWorld = {
    url,
    sql,
    tenantId,
    async limit(settings = {}) {
      const limit = await insertLimit(sql, tenantId, settings)
      limits.push(limit)
      return limit
    },
    async process(options) {
      const process = await startProcess(url, limits, options ?? {})
      closing.push(process.close)
      return process
    },
    async counters() {
      const { rows } = await sql.query<{ posted: bigint; leased: bigint }>(
        'select posted, leased from limit_counters order by limit_id, window_start',
      )
      return rows
    },
    async close() {
      for (const close of closing) await close()
      await sql.end()
    },
  }
  return world
}

function notReached(error: unknown): false {
  if (error instanceof Error && error.name === 'LimitReached') return false
  throw error
}

/** A new limit in the database: by default of 100 nano-dollars, for ever, on a user of its own. */
async function insertLimit(sql: pg.Client, tenantId: string, settings: Partial<Limit>): Promise<Limit> {
  const limit: Limit = {
    tenantId,
    id: newId(),
    subjectType: 'user',
    subjectId: newId(),
    metric: 'cost',
    window: 'total',
    timezone: 'UTC',
    anchor: null,
    restartedAt: null,
    amount: 100n,
    isHard: true,
    provider: null,
    model: null,
    ...settings,
  }
  await sql.query(
    `insert into limits (tenant_id, id, subject_type, subject_id, metric, "window", amount, hard, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, now())`,
    [tenantId, limit.id, limit.subjectType, limit.subjectId, limit.metric, limit.window, limit.amount, limit.isHard],
  )
  return limit
}

async function startProcess(url: string, limits: Limit[], { store: wrap = (own) => own, ...options }: ProcessOptions): Promise<Process> {
  const book = emptyBook()
  for (const limit of limits) putLimit(book, { ...limit })
  const listener = new pg.Client({ connectionString: url })
  await listener.connect()
  let takes = 0
  const own = openLeaseStore(url)
  const store = wrap({ ...own, take: (...asked) => (takes++, own.take(...asked)) })
  const epoch = newId()
  const leases = await openLeases({
    store,
    book,
    epoch,
    log: createLog('silent'),
    onBlocked: () => {},
    async listen(hear) {
      listener.on('notification', ({ payload }) => hear(payload ?? ''))
      await listener.query('listen slack')
    },
    ...options,
  })
  let isOpen = true
  const close = async () => {
    if (!isOpen) return
    isOpen = false
    await leases.close()
    await listener.end()
  }
  return {
    epoch,
    book,
    leases,
    takes: () => takes,
    async reserve(subjectId, worst, at = new Date()) {
      const accounts = accountsFor(book, [subjectId], { provider: 'openai', model: 'gpt-4o' }, at)
      const reserved = leases.reserve(accounts, worst)
      return reserved === true || (await reserved.then(() => true, notReached))
    },
    close,
  }
}
