import { mkdtempSync, rmSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkStatement } from './checks/checks.ts'
import { originMs, tenantId, type Look, type ModelDatabase } from './database.ts'
import { openReference, type Reference } from './reference.ts'
import type { Gates } from './sim/gates.ts'
import { nextDueMs, fireDue } from './sim/timers.ts'
import type { SimProcess } from './sim/process.ts'

export type Metric = 'cost' | 'tokens' | 'requests' | 'parallel'
export type LimitPlan = {
  subject: number
  metric: Metric
  window: 'total' | 'minute' | 'hour' | 'day'
  amount: number
  hard: boolean
  onlyModel: boolean
}

/** Who and what can have limits: access keys, users, a group, the tenant, provider keys. */
const subjectTypes = ['access_key', 'access_key', 'access_key', 'user', 'user', 'group', 'tenant', 'provider_key', 'provider_key'] as const
export const subjectId = (index: number) => (index === 6 ? tenantId : `0b000000-0000-7000-8000-00000000000${index}`)
export const limitId = (index: number) => `0c000000-0000-7000-8000-0000000000${String(index).padStart(2, '0')}`

/** What is planted: a mistake that the checks have to find. */
export type Plant = 'an expired lease is used' | 'settled twice' | 'a scope is forgotten' | null

/** How much was done, over all sequences. */
export type Counts = { sequences: number; commands: number; statements: number; choices: number; admitted: number; refused: number }

/** Everything that one sequence is about. `nowMs`: the clock that only goes forward, everywhere; `wallMs`: the one on the wall. */
export type World = {
  database: ModelDatabase
  gates: Gates
  /** One statement at a time, and a look at the database after each. */
  isSerial: boolean
  dir: string
  nowMs: number
  wallMs: number
  clockMs: number
  /** Goes up with every command. */
  at: number
  look: Look
  reference: Reference
  processes: SimProcess[]
  plans: Map<string, LimitPlan>
  /** When limits were started over, by the clock on the wall. */
  restartedMs: Map<string, number>
  /** For limits that were not in force all the time: when they last were not. */
  softAt: Map<string, number>
  amountMax: Map<string, bigint>
  /** Epochs whose journal nobody has any more. */
  lost: Set<string>
  violations: string[]
  plant: Plant
  /** Also looks at what is known not to hold yet (found.test.ts). */
  isStrict: boolean
  counts: Counts
  told: number
  heard: number
  onHeard: (() => void) | null
  /** Messages between processes that get lost from now on. */
  dropped: number
}

/** A folder in memory, where there is one. */
function newFolder(): string {
  return mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'llm-manager-model-'))
}

export async function openWorld(
  database: ModelDatabase,
  gates: Gates,
  limits: LimitPlan[],
  { isSerial, plant, isStrict, counts }: Pick<World, 'isSerial' | 'plant' | 'isStrict' | 'counts'>,
): Promise<World> {
  await database.clear()
  await database.setClock(0)
  for (const [index, plan] of limits.entries()) await insertLimit(database, limitId(index), plan)
  const look = await database.look()
  const world: World = {
    database,
    gates,
    isSerial,
    dir: newFolder(),
    nowMs: 0,
    wallMs: originMs,
    clockMs: 0,
    at: 0,
    look,
    reference: openReference(),
    processes: [],
    plans: new Map(limits.map((plan, index) => [limitId(index), plan])),
    restartedMs: new Map(),
    softAt: new Map([...look.limits].filter(([, limit]) => !limit.isInForce).map(([id]) => [id, 0])),
    amountMax: new Map([...look.limits].map(([id, limit]) => [id, limit.amount])),
    lost: new Set(),
    violations: [],
    plant,
    isStrict,
    counts,
    told: 0,
    heard: 0,
    onHeard: null,
    dropped: 0,
  }
  database.listen((message) => {
    world.heard++
    world.onHeard?.()
    if (world.dropped > 0) world.dropped--
    else for (const process of world.processes) process.hear(message)
  })
  return world
}

export function closeWorld(world: World): void {
  world.counts.choices += world.gates.choices
  rmSync(world.dir, { recursive: true, force: true })
}

async function insertLimit({ sql }: ModelDatabase, id: string, plan: LimitPlan): Promise<void> {
  const { subject, metric, window, amount, hard, onlyModel } = plan
  await sql.query(
    `insert into limits (tenant_id, id, subject_type, subject_id, metric, "window", amount, hard, model, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, now())`,
    [tenantId, id, subjectTypes[subject], subjectId(subject), metric, window, amount, hard, onlyModel ? 'm' : null],
  )
}

/** What PostgreSQL does, at the time of the model, and what is to be seen of it afterwards. */
export async function statement<T>(world: World, run: () => Promise<T>, changes: boolean): Promise<T> {
  world.counts.statements++
  if (world.clockMs !== world.nowMs) {
    world.clockMs = world.nowMs
    await world.database.setClock(world.nowMs)
  }
  try {
    return await run()
  } finally {
    if (world.isSerial && changes) {
      const before = world.look
      world.look = await world.database.look()
      checkStatement(world, before)
    }
  }
}

/** Looks at the database, where nobody has after the last statement. */
export async function refresh(world: World): Promise<void> {
  world.look = await world.gates.io(() => world.database.look())
}

/** A message was sent to all processes: waits until it is here, and on its way to each. */
export async function told(world: World): Promise<void> {
  world.told++
  while (world.isSerial && world.heard < world.told) await new Promise<void>((resolve) => (world.onHeard = resolve))
}

/** Lets every message arrive. */
export async function quiet(world: World): Promise<void> {
  for (let steps = 0; await world.gates.step(); steps++)
    if (steps > 5_000) {
      world.violations.push('the processes never come to rest')
      return
    }
}

/** The server gives up a statement after so long; whatever is on its way has arrived by then. */
const longMs = 3_000

/** Time passes, with what is due in it. */
export async function advance(world: World, ms: number): Promise<void> {
  const isLong = ms >= longMs
  if (isLong) await quiet(world)
  const wallMs = world.wallMs - world.nowMs
  const endMs = world.nowMs + ms
  const move = (toMs: number) => {
    world.nowMs = Math.max(world.nowMs, toMs)
    world.wallMs = wallMs + world.nowMs
  }
  for (let fired = 0; fired < 2_000; fired++) {
    const awake = world.processes.filter(({ isPaused, isDead }) => !isPaused && !isDead)
    const dues = awake.map(({ timers }) => ({ timers, dueMs: nextDueMs(timers) ?? Infinity })).sort((a, b) => a.dueMs - b.dueMs)
    if (!dues[0] || dues[0].dueMs > endMs) break
    move(dues[0].dueMs)
    fireDue(dues[0].timers)
    await world.gates.idle()
    if (isLong) await quiet(world)
  }
  move(endMs)
  for (const process of world.processes) if (process.isPaused) process.hasSlept = true
}
