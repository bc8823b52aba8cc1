import { listChargedEvents, lockCorrections } from '../../src/features/usage/corrections/corrections.store.ts'
import { makeCorrections } from '../../src/features/usage/corrections/make-corrections.ts'
import { newId, nilId } from '../../src/platform/ids.ts'
import { unattended } from '../../src/platform/db.ts'
import { checkAlone } from './checks/alone.ts'
import { call, releaseCall, settleCall } from './sim/calls.ts'
import { checkAtRest, checkEnd, checkSweep } from './checks/checks.ts'
import type { Change, Command, Sequence } from './commands.ts'
import { tenantId } from './database.ts'
import { crash, start, stop } from './sim/life.ts'
import { catchUp, resume, type SimProcess } from './sim/process.ts'
import { advance, limitId, quiet, refresh, statement, type World } from './world.ts'

/** More than any call of the model lasts, and its settlement is under way. */
const graceMs = 30_000

/** Plays a sequence to its end, where everything is settled, drained and closed. Throws at the first thing that is not as it has to be. */
export async function play(world: World, { processes, batch, commands }: Sequence): Promise<void> {
  const { counts } = world
  counts.sequences++
  for (let index = 0; index < processes; index++) start(world, `p${index}`, batch)
  await quiet(world)
  for (const command of commands) {
    counts.commands++
    world.at++
    await carryOut(world, command, processes, batch)
    for (let left = command.answers; left > 0 && (await world.gates.step()); left--);
    if (world.isSerial || command.answers > 2) await world.gates.idle()
    judge(world, command)
  }
  await finish(world)
  judge(world, 'the end')
}

function judge({ violations }: World, at: unknown): void {
  if (violations.length > 0) throw new Error(`after ${JSON.stringify(at)}:\n${violations.join('\n')}`)
}

async function carryOut(world: World, command: Command, processes: number, batch: number): Promise<void> {
  const process = 'of' in command ? world.processes.find(({ name }) => name === `p${command.of % processes}`)! : null!
  if (command.do === 'call') void call(world, process, command)
  else if (command.do === 'settle') settleCall(world, process, command.call, command)
  else if (command.do === 'release') releaseCall(process, command.call)
  else if (command.do === 'wait') await advance(world, command.ms)
  else if (command.do === 'turn') world.wallMs += msToNext(world.wallMs + command.beforeMs, command.window)
  else if (command.do === 'fault') process.faults.set(command.operation, [...(process.faults.get(command.operation) ?? []), command.mishap])
  else if (command.do === 'drop') world.dropped += command.messages
  else if (command.do === 'pause') process.isPaused = process.state === 'up'
  else if (command.do === 'resume') resume(process)
  else if (command.do === 'crash') await crash(world, process, command.losesDisk)
  else if (command.do === 'restart') await restart(world, process, batch, command.isSoon)
  else if (command.do === 'stop') stop(world, process)
  else if (command.do === 'sweep') await sweep(world, command.waitMs)
  else if (command.do === 'edit') await edit(world, command.limit, command.change, command.by)
  else await correct(world, command.event, command.by)
}

function msToNext(wallMs: number, window: 'minute' | 'day'): number {
  const lengthMs = window === 'minute' ? 60_000 : 86_400_000
  return lengthMs - (wallMs % lengthMs)
}

/** Mostly a start takes a while: what the dead had on the way has arrived by then. */
async function restart(world: World, process: SimProcess, batch: number, isSoon: boolean): Promise<void> {
  if (process.state !== 'gone') return
  if (!isSoon) await quiet(world)
  start(world, process.name, batch)
}

/** After a while, if any, in which those who live say so. */
async function sweep(world: World, waitMs: number): Promise<void> {
  if (waitMs > 0) await advance(world, waitMs)
  const before = world.look
  await run(world, (sql) => sql.query(`select * from abandon_epochs($1 * interval '1 ms')`, [graceMs]))
  checkSweep(world, before)
}

async function run<T>(world: World, query: (sql: World['database']['sql']) => Promise<T>): Promise<T> {
  const answer = await world.gates.io(() => statement(world, () => query(world.database.sql), true))
  if (!world.isSerial) await refresh(world)
  return answer
}

/** Somebody changes a limit; the processes learn of it in their time. */
async function edit(world: World, index: number, change: Change, by: number): Promise<void> {
  const id = limitId(index % world.plans.size)
  const set = {
    raise: `amount = amount + ${by}`,
    lower: `amount = greatest(0, amount - ${by})`,
    watch: 'hard = false',
    enforce: 'hard = true',
    'start over': 'restarted_at = $2',
    retire: `status = 'retired'`,
  }[change]
  const before = world.look.limits.get(id)!
  if (!before.isInForce || change === 'watch' || change === 'retire') world.softAt.set(id, world.at)
  noteAmount(world, id, before.amount + BigInt(change === 'raise' ? by : 0))
  // The change locks the counters, so that it comes before a grant or after it.
  await run(world, async (sql) => {
    await sql.query('begin')
    await sql.query('select 1 from limit_counters where limit_id = $1 order by window_start for update', [id])
    await sql.query(`update limits set ${set} where id = $1`, change === 'start over' ? [id, new Date(world.wallMs)] : [id])
    await sql.query('commit')
  })
  if (change === 'start over') world.restartedMs.set(id, world.wallMs)
  for (const process of world.processes)
    if (process.state === 'up')
      void world.gates.pass(process, `${process.name} learns`).then(
        () => catchUp(world, process),
        () => {},
      )
}

function noteAmount({ amountMax }: World, id: string, amount: bigint): void {
  if (amount > amountMax.get(id)!) amountMax.set(id, amount)
}

/** An event that is in the database is charged otherwise. */
async function correct(world: World, index: number, by: number): Promise<void> {
  const event = world.look.events[index % world.look.events.length]
  const attempt = world.reference.attempts.find(({ id }) => id === event?.operation)
  if (!event || !attempt || by === 0) return
  const { db } = world.database
  await world.gates.io(() =>
    statement(
      world,
      async () => {
        const made = await unattended(db, async (tx) => {
          await lockCorrections(tx)
          const [charged] = await listChargedEvents(tx, [event.id], tenantId)
          const cost = (charged!.cost_nanos ?? 0n) + (charged!.corrected_nanos ?? 0n)
          const amountNanos = cost + BigInt(by) < 0n ? -cost : BigInt(by)
          const correction = { id: newId(), event: charged!, amountNanos, reason: 'invoice' as const, note: null, price: null }
          await makeCorrections(tx, [correction], nilId, new Date(world.wallMs))
          return amountNanos
        })
        const costs = (await db.selectFrom('limits').select('id').where('metric', '=', 'cost').execute()).map(({ id }) => id)
        for (const { counter } of attempt.reserved)
          if (costs.includes(counter.slice(0, 36))) attempt.corrections.push({ counter, amount: made })
      },
      true,
    ),
  )
}

/** Every fault is over; what is dead comes up again, unless its disk is lost; then everything ends in good order. */
async function finish(world: World): Promise<void> {
  world.dropped = 0
  for (const process of world.processes) {
    process.faults.clear()
    resume(process)
  }
  await advance(world, 5_000)
  for (const process of world.processes) {
    for (let call = 0; process.state === 'up' && process.calls.some(({ held }) => held); call++)
      settleCall(world, process, call, { cost: 1 + (call % 7), tokens: 1 + (call % 5), kind: 'used' })
    while (process.state === 'up' && process.calls.length > 0) releaseCall(process, 0)
  }
  await advance(world, 3_000)
  for (const process of world.processes) if (process.state === 'up') checkAtRest(world, process)
  for (const process of world.processes) stop(world, process)
  await quiet(world)
  await advance(world, 6_000)
  // Whoever starts next takes in every journal that is left.
  start(world, 'last', 1000)
  await quiet(world)
  const last = world.processes.at(-1)!
  await refresh(world)
  if (last.state !== 'up') world.violations.push('the last process does not start')
  else await checkAlone(world, last)
  stop(world, last)
  await quiet(world)
  await advance(world, 100_000)
  await sweep(world, 0)
  for (const process of world.processes) if (process.state !== 'gone') world.violations.push(`${process.name} does not end`)
  await refresh(world)
  world.violations.push(...(await world.database.overgrants()))
  checkEnd(world)
}
