import { Kysely, PostgresDialect } from 'kysely'
import type pg from 'pg'
import type { Account, Amounts } from '../../../src/features/quotas/leases/accounts.ts'
import type { Leases } from '../../../src/features/quotas/leases/leases.ts'
import type { Attempt as GatewayAttempt } from '../../../src/gateway/settlement/settle.ts'
import { applyLimit } from '../../../src/gateway/snapshot/apply.ts'
import { emptySnapshot, type Snapshot } from '../../../src/gateway/snapshot/snapshot.ts'
import type { Drain } from '../../../src/gateway/settlement/drain.ts'
import { limitsChangedSince } from '../../../src/features/quotas/limits.changes.ts'
import type { Db, Tables } from '../../../src/platform/db.ts'
import type { Journal } from '../../../src/platform/journal/journal.ts'
import type { Attempt } from '../reference.ts'
import { poolOnLine, type Faults, type Line } from './faults.ts'
import { ProcessDied, type Passenger } from './gates.ts'
import { openTimers, within, type Timers } from './timers.ts'
import { statement, type World } from '../world.ts'

/**
 * A call that was admitted and is not over. `accounts`: those that the product reserved in; `truly`: those that it had to. `held`: what is in
 * the journal, so that only a settlement ends it; null of a call that never goes out.
 */
export type OpenCall = {
  attempt: Attempt
  accounts: readonly Account[]
  truly: readonly Account[]
  worst: Amounts
  held: HeldAttempt | null
}

/** An attempt of the gateway, and whose it is. */
export type HeldAttempt = GatewayAttempt & { ids: { ownerId: string; accessKeyId: string; providerKeyId: string } }

/** What a process consists of once it is up; all of it the product's own. */
export type Parts = { leases: Leases; journal: Journal; drain: Drain }

/** One life of one gateway, without HTTP. */
export type SimProcess = Passenger & {
  name: string
  epoch: string
  state: 'starting' | 'up' | 'stopping' | 'gone'
  timers: Timers
  faults: Faults
  line: Line
  db: Db
  snapshot: Snapshot
  /** The newest change of a limit that it knows of. */
  version: bigint
  parts: Parts | null
  calls: OpenCall[]
  /** Calls that wait for their admission. */
  waiting: Set<Promise<unknown>>
  /** Settlements that one drain takes at most. */
  batch: number
  /** How far its clock on the wall is off. */
  skewMs: number
  /** It was paused while time passed. */
  hasSlept: boolean
  isBlocked: boolean
  /** What it does on the side: starting, stopping. */
  job: Promise<void>
  hear(message: string): void
}

export function newProcess(world: World, name: string, epoch: string, batch: number): SimProcess {
  const faults: Faults = new Map()
  // Of a deadlock nobody loses anything; but there is none where everybody locks in the same order.
  const onError = (error: unknown) => {
    if ((error as { code?: string }).code === '40P01') world.violations.push(`${name} ran into a deadlock`)
  }
  const nobody = { name, isPaused: false, isDead: false, parked: [] }
  const line: Line = { gates: world.gates, faults, statement: (run, changes) => statement(world, run, changes), onError, passenger: nobody }
  const process: SimProcess = {
    name,
    epoch,
    state: 'starting',
    isPaused: false,
    isDead: false,
    parked: [],
    timers: openTimers(() => world.nowMs),
    faults,
    snapshot: emptySnapshot(),
    version: 0n,
    parts: null,
    calls: [],
    waiting: new Set(),
    batch,
    skewMs: { p1: 40, p2: -1_500 }[name] ?? 0,
    hasSlept: false,
    isBlocked: false,
    job: Promise.resolve(),
    hear: () => {},
    line,
    db: dbOf(poolOnLine(world.database.pool(name), line, () => process.state === 'starting')),
  }
  line.passenger = process
  return process
}

function dbOf(pool: Pick<pg.Pool, 'connect' | 'end'>): Db {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: pool as pg.Pool }) })
}

/** Runs something of a process, with its timers. */
export function inside<T>(process: SimProcess, run: () => T): T {
  return within(process.timers, run)
}

/** Brings the limits that changed since into the process's memory, as the gateway does. */
export async function catchUp(world: World, process: SimProcess): Promise<void> {
  const rows = await world.gates.io(() => limitsChangedSince(world.database.db, 0n))
  if (process.isDead) return
  const changed = rows.filter((row) => row.version > process.version).sort((a, b) => Number(a.version - b.version))
  for (const row of changed) {
    process.version = row.version
    for (const account of applyLimit(process.snapshot, row)) inside(process, () => process.parts?.leases.surrender(account))
  }
}

export function resume(process: SimProcess): void {
  process.isPaused = false
  for (const go of process.parked.splice(0)) go()
}

/** Everything but what was to be expected. */
export function noteError(world: World, what: string, error: unknown): void {
  if (error instanceof ProcessDied) return
  const { name, message } = error as Error & { code?: string }
  if (message.startsWith('the connection was lost') || (error as { code?: string }).code === '57014') return
  world.violations.push(`${what}: ${name}: ${message}`)
}
