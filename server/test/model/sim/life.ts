import { cpSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { openLeases, type Leases } from '../../../src/features/quotas/leases/leases.ts'
import type { LeaseStore } from '../../../src/features/quotas/leases/leases.store.ts'
import type { EventSink } from '../../../src/features/usage/events.drain.ts'
import { startDrain } from '../../../src/gateway/settlement/drain.ts'
import { endEpoch } from '../../../src/gateway/settlement/end.ts'
import { recoverEpochs } from '../../../src/gateway/settlement/recover.ts'
import { newId } from '../../../src/platform/ids.ts'
import { openJournal, type Journal } from '../../../src/platform/journal/journal.ts'
import { createLog } from '../../../src/platform/log/log.ts'
import { tenantId } from '../database.ts'
import { catchUp, inside, newProcess, noteError, resume, type Parts, type SimProcess } from './process.ts'
import { sinkOnLine, storeOnLine } from './faults.ts'
import { ProcessDied } from './gates.ts'
import { outside } from './timers.ts'
import { told, type World } from '../world.ts'

const log = createLog('silent')

/** A process begins its life: it recovers what the dead have left, and then admits calls. */
export function start(world: World, name: string, batch: number): SimProcess {
  const process = newProcess(world, name, newId(), batch)
  world.processes = [...world.processes.filter((other) => other.name !== name), process]
  process.job = world.gates
    .io(() => comeUp(world, process))
    .catch((error: unknown) => {
      process.state = 'gone'
      noteError(world, `${name} could not start`, error)
    })
  return process
}

async function comeUp(world: World, process: SimProcess): Promise<void> {
  const sink = sinkOnLine(world.database.sink(process.name), process.line, () => process.state === 'starting')
  await recoverEpochs(process.db, sink, world.dir, tenantId, log)
  const journal = await openJournal({
    dir: world.dir,
    epoch: process.epoch,
    database: tenantId,
    sync: 'group',
    segmentBytes: 4096,
    maxBytes: 16 * 1024 * 1024,
  })
  await catchUp(world, process)
  if (process.isDead) {
    await journal.close()
    throw new ProcessDied()
  }
  process.parts = await partsOf(world, process, sink, onLine(world, process, journal))
  process.state = 'up'
}

async function partsOf(world: World, process: SimProcess, sink: EventSink, journal: Journal): Promise<Parts> {
  const { epoch, snapshot } = process
  const leases = await openOn(world, process)
  const drain = inside(process, () => startDrain({ sink, log, journal, epoch, snapshot, leases, now: () => world.wallMs }))
  return { leases, journal, drain }
}

/** The journal as it is, on the machine's own time. The drain takes a few settlements at a time, so that there is much that can come between. */
function onLine({ gates }: World, process: SimProcess, journal: Journal): Journal {
  return {
    ...journal,
    hold: (id, payload, settleBytesMax) => outside(() => journal.hold(id, payload, settleBytesMax)),
    settle: (id, payload) => outside(() => journal.settle(id, payload)),
    note: (id, payload) => outside(() => journal.note(id, payload)),
    take(max) {
      if (process.isDead) throw new ProcessDied()
      return journal.take(Math.min(max, process.batch))
    },
    drained: (position) => gates.io(() => journal.drained(position)),
    close: () => gates.io(() => journal.close()),
  }
}

async function openOn(world: World, process: SimProcess): Promise<Leases> {
  const { gates } = world
  return await inside(process, () =>
    openLeases({
      store: planted(world, storeOnLine(telling(world, process.name), process.line)),
      book: process.snapshot.limits,
      epoch: process.epoch,
      log,
      onBlocked: () => (process.isBlocked = true),
      now: () => world.nowMs,
      wallNow: () => world.wallMs + process.skewMs,
      async listen(hear) {
        process.hear = (message) =>
          void gates.pass(process, `${process.name} hears`).then(
            () => inside(process, () => hear(message)),
            () => {},
          )
      },
    }),
  )
}

/** Whoever sends a message waits until it has arrived here: how much later each process hears it is chosen. */
function telling(world: World, name: string): LeaseStore {
  const own = world.database.store(name)
  return {
    ...own,
    async close() {},
    async tell(message) {
      await own.tell(message)
      await told(world)
    },
    async giveBack(epoch, rows, tell) {
      const words = await own.giveBack(epoch, rows, tell)
      if (tell !== null) await told(world)
      return words
    },
  }
}

/** With this mistake a process asks once whether it lives, and believes so ever after. */
function planted(world: World, store: LeaseStore): LeaseStore {
  if (world.plant !== 'an expired lease is used') return store
  let hasAsked = false
  const renew: LeaseStore['renew'] = async (...asked) => hasAsked || ((hasAsked = true), await store.renew(...asked))
  return { ...store, renew }
}

/** kill -9: its memory is gone, what it wrote stays, unless the disk is lost with it. */
export async function crash(world: World, process: SimProcess, losesDisk: boolean): Promise<void> {
  if (process.state === 'gone') return
  process.isDead = true
  resume(process)
  const { parts } = process
  for (const attempt of world.reference.attempts) {
    if (attempt.epoch !== process.epoch) continue
    if (attempt.fate === 'open') attempt.fate = 'unresolved'
    if (losesDisk && attempt.fate !== 'released') attempt.fate = 'lost'
  }
  for (const { attempt, held } of process.calls) if (!held) attempt.fate = 'released'
  if (losesDisk && parts) world.lost.add(process.epoch)
  process.calls = []
  if (parts) await world.gates.io(() => leaveJournal(world, process, parts.journal, losesDisk))
  await world.gates.idle()
  process.state = 'gone'
}

/** The journal as the dead process leaves it: of nobody. What closing the files would do to them is undone. */
async function leaveJournal({ dir }: World, { epoch }: SimProcess, journal: Journal, losesDisk: boolean): Promise<void> {
  const own = readdirSync(dir).find((name) => name.startsWith(`${epoch}@`))
  const copy = join(dir, `copy of ${epoch}`)
  if (own) {
    cpSync(join(dir, own), copy, { recursive: true })
    await journal.close()
    for (const name of [own, epoch]) rmSync(join(dir, name), { recursive: true, force: true })
    renameSync(copy, join(dir, epoch))
  }
  if (losesDisk) rmSync(join(dir, epoch), { recursive: true, force: true })
}

/** Ends as the gateway does: drains, closes the journal, gives its room back, and closes its epoch if nothing is left in the journal. */
export function stop(world: World, process: SimProcess): void {
  const { parts } = process
  if (process.state !== 'up' || !parts) return
  process.state = 'stopping'
  process.job = inside(process, () => end(world, process, parts))
    .catch((error: unknown) => noteError(world, `${process.name} could not stop`, error))
    .then(() => {
      process.state = 'gone'
      process.isDead = true
    })
}

async function end(world: World, process: SimProcess, { drain, journal, leases }: Parts): Promise<void> {
  while (process.waiting.size > 0) await Promise.all(process.waiting)
  await drain.close(5_000)
  if (process.isDead) return
  for (const { attempt, held } of process.calls.splice(0)) attempt.fate = held ? 'unresolved' : 'released'
  await leases.close()
  await endEpoch({ db: process.db, log }, journal, process.epoch)
}
