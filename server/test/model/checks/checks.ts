import type { Account } from '../../../src/features/quotas/leases/accounts.ts'
import { originMs, type Look } from '../database.ts'
import type { OpenCall, SimProcess } from '../sim/process.ts'
import type { Attempt } from '../reference.ts'
import type { World } from '../world.ts'

/** Whether a limit is not in force, or was not at some time from a step on. */
const isSoft = ({ look, softAt }: World, counter: string, since = 0) =>
  look.limits.get(counter.slice(0, 36))?.isInForce !== true || (softAt.get(counter.slice(0, 36)) ?? -1) >= since
const least = (a: bigint, b: bigint) => (a < b ? a : b)
const billedIn = ({ billed }: Attempt, counter: string) =>
  billed?.reduce((sum, share) => sum + (share.counter === counter ? share.amount : 0n), 0n) ?? 0n
const excessOf = (attempt: Attempt, reserved: bigint, counter: string) => {
  const over = attempt.fate === 'settled' ? billedIn(attempt, counter) - reserved : 0n
  return over > 0n ? over : 0n
}

/** What holds after every statement: M5, the sum of the leases, M1 where room was given, and that every lease covers what it has to. */
export function checkStatement(world: World, before: Look): void {
  const { look } = world
  for (const [counter, { posted, leased, entries, leases }] of look.counters) {
    if (posted !== entries) world.violations.push(`M5: ${counter} has posted ${posted}, its entries are ${entries}`)
    if (leased !== leases) world.violations.push(`M5: ${counter} has leased ${leased}, its leases are ${leases}`)
    const limit = look.limits.get(counter.slice(0, 36))!
    if (leased > (before.counters.get(counter)?.leased ?? 0n) && (!limit.isInForce || posted + leased > limit.amount))
      world.violations.push(`M1: a grant brought ${counter} to posted ${posted}, leased ${leased}, of ${limit.amount}`)
  }
  const cost = look.events.reduce((sum, event) => sum + event.cost, look.corrected)
  if (look.rollups.requests !== BigInt(look.events.length) || look.rollups.cost !== cost)
    world.violations.push(
      `M5: by hour there are ${look.rollups.requests} events of ${look.rollups.cost}; they are ${look.events.length} of ${cost}`,
    )
  for (const process of world.processes) checkCover(world, process)
}

/**
 * M2 as the database has it: the lease of a process covers the reservations of its calls under way and what is settled and not posted. What
 * was settled above its reservation is a later fact. Of an epoch that was taken over the lease is charged instead.
 */
function checkCover(world: World, process: SimProcess): void {
  const { look, reference } = world
  if (process.state === 'gone' || process.isDead || look.epochs.get(process.epoch)?.isBlocked) return
  const inDatabase = new Set(look.events.map(({ id }) => id))
  const needs = new Map<string, bigint>()
  for (const attempt of reference.attempts) {
    if (attempt.epoch !== process.epoch) continue
    for (const { counter, amount } of attempt.reserved) {
      const isThere = inDatabase.has(attempt.id)
      const need =
        attempt.fate === 'open' ? amount : attempt.fate === 'settled' && !isThere ? least(amount, billedIn(attempt, counter)) : 0n
      // What was settled above its reservation takes the room of other calls with it when it is drained.
      const taken = world.isStrict ? 0n : excessOf(attempt, amount, counter)
      needs.set(counter, (needs.get(counter) ?? 0n) + need - taken)
    }
  }
  for (const [counter, need] of needs) {
    const granted = look.leases.get(`${process.epoch} ${counter}`) ?? 0n
    if (need > granted && !isSoft(world, counter))
      world.violations.push(`M2: ${process.name} needs ${need} of ${counter}, its lease is ${granted}`)
  }
}

/**
 * M2 at an admission: the lease covers all that is reserved, and all that was settled and is not posted, at what it has cost. Only what was
 * settled above its reservation while the call waited for its room came later.
 */
function checkRoom({ look, reference, violations }: World, { name, epoch }: SimProcess, counter: string, since: number): void {
  const inDatabase = new Set(look.events.map(({ id }) => id))
  let needed = 0n
  for (const [attempt, reserved] of reference.of(counter)) {
    if (attempt.epoch !== epoch) continue
    if (attempt.fate === 'open') needed += reserved
    if (attempt.fate === 'settled' && !inDatabase.has(attempt.id)) needed += billedIn(attempt, counter)
    if (attempt.settledAt >= since) needed -= excessOf(attempt, reserved, counter)
  }
  const granted = look.leases.get(`${epoch} ${counter}`) ?? 0n
  if (needed > granted) violations.push(`M2: ${name} admits, needs ${needed} of ${counter}, and has ${granted}`)
}

/** A call was admitted just now. `since`: when it came in; limits that were not in force in between are not checked. */
export function checkAdmission(world: World, process: SimProcess, { accounts, truly }: OpenCall, since: number): void {
  const name = (account: Account) => `${account.limit.id} ${Date.parse(account.windowStart)}`
  const hard = accounts.filter((account) => account.limit.isHard && !isSoft(world, name(account), since))
  // Elsewhere what the database says now may be of another moment.
  if (!world.isSerial) return
  const epoch = world.look.epochs.get(process.epoch)
  if (hard.length > 0 && (!epoch || epoch.isBlocked || epoch.expiresAtMs <= originMs + world.nowMs))
    world.violations.push(
      `M1: ${process.name} admits, and its epoch is ${epoch ? (epoch.isBlocked ? 'taken over' : 'expired') : 'not there'}`,
    )
  for (const account of truly) if (account.limit.isHard) checkExposure(world, name(account))
  for (const account of hard) checkRoom(world, process, name(account), since)
}

/**
 * What was billed and what may still be is within the limit, but for later facts: what was settled above its reservation, corrected upward,
 * or admitted while the limit was not in force; and a limit that was lowered.
 */
function checkExposure(world: World, counter: string): void {
  const limitId = counter.slice(0, 36)
  if (isSoft(world, counter)) return
  let exposed = 0n
  let facts = 0n
  for (const [attempt, reserved] of world.reference.of(counter)) {
    const corrected = attempt.corrections.reduce((sum, share) => sum + (share.counter === counter ? share.amount : 0n), 0n)
    if (attempt.fate === 'open' && holdsPlace(world, attempt, limitId)) exposed += reserved
    if (attempt.fate === 'unresolved' || attempt.fate === 'settled') exposed += billedIn(attempt, counter) + corrected
    facts += excessOf(attempt, reserved, counter) + (corrected > 0n ? corrected : 0n)
  }
  const amount = world.amountMax.get(limitId)!
  if (exposed > amount + facts)
    world.violations.push(`M1: ${exposed} are billed or may be in ${counter}, of ${amount} and ${facts} that came later`)
}

/** A place in a `parallel` limit is free again when its epoch was taken over; whatever else was reserved is not. */
function holdsPlace({ look, plans }: World, { epoch }: Attempt, limitId: string): boolean {
  return plans.get(limitId)!.metric !== 'parallel' || look.epochs.get(epoch)?.isBlocked !== true
}

/** The window that the product has chosen begins where the calendar of UTC says, or where its limit was started over. */
export function checkWindow(world: World, { limit, windowStart }: Account, at: Date): void {
  const lengthMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 0, month: 0, total: 0 }[limit.window]
  const wholeMs = lengthMs === 0 || limit.metric === 'parallel' ? 0 : at.getTime() - (at.getTime() % lengthMs)
  const restartedMs = limit.restartedAt && limit.restartedAt <= at ? limit.restartedAt.getTime() : 0
  if (Date.parse(windowStart) !== Math.max(wholeMs, restartedMs))
    world.violations.push(`the window of ${limit.id} at ${at.toISOString()} begins at ${windowStart}`)
}

/** A sweep has taken over epochs: none of a process that could have said that it lives. */
export function checkSweep(world: World, before: Look): void {
  // Who does not say that it lives is not believed to.
  if (world.plant === 'an expired lease is used') return
  for (const { name, epoch, state, hasSlept } of world.processes) {
    const hadRoom = [...before.leases].some(([lease, granted]) => lease.startsWith(epoch) && granted > 0n)
    if (
      state === 'up' &&
      !hasSlept &&
      (hadRoom || world.isStrict) &&
      world.look.epochs.get(epoch)?.isBlocked &&
      !before.epochs.get(epoch)?.isBlocked
    )
      world.violations.push(`${name} was taken over alive`)
  }
}

/** Everything is drained, recovered and closed. */
export function checkEnd(world: World): void {
  const { look, reference, lost, violations } = world
  // What a process had on the way to the database when it died has arrived, though its disk is lost.
  for (const attempt of reference.attempts)
    if (attempt.fate === 'lost' && look.events.some(({ operation }) => operation === attempt.id)) attempt.fate = 'settled'
  for (const [counter, { posted, leased }] of look.counters) {
    const abandoned = [...look.abandoned].filter(([name]) => lost.has(name.slice(0, 36)) && name.slice(37) === counter)
    const charged = abandoned.reduce((sum, [, amount]) => sum + amount, 0n)
    if (leased !== 0n) violations.push(`at the end ${leased} of ${counter} are leased`)
    if (posted !== reference.billed(counter) + charged)
      violations.push(
        `at the end ${counter} has posted ${posted}; billed were ${reference.billed(counter)}, and ${charged} are charged for lost disks`,
      )
  }
  for (const attempt of reference.attempts)
    if (attempt.fate === 'settled' || attempt.fate === 'unresolved')
      for (const { counter, amount } of attempt.billed ?? [])
        if (amount !== 0n && !look.counters.has(counter)) violations.push(`at the end there is no counter ${counter}`)
  for (const epoch of look.epochs.keys()) if (!lost.has(epoch)) violations.push(`at the end epoch ${epoch} is still there`)
  checkEvents(world)
  for (const epoch of lost) checkLost(world, epoch)
}

/** M3 and M4: one event for each call that was or may have been billed, and none besides. */
function checkEvents({ look, reference, violations }: World): void {
  const billed = reference.attempts.filter(({ fate, billed }) => billed && (fate === 'settled' || fate === 'unresolved'))
  for (const { id, fate } of billed) {
    const events = look.events.filter(({ operation }) => operation === id)
    if (events.length !== 1) violations.push(`M3: the call ${id}, ${fate}, has ${events.length} events`)
  }
  if (look.events.length > billed.length) violations.push(`M3: ${look.events.length} events of ${billed.length} calls`)
}

/** Of a lost disk nothing is known: what is charged for it is at least what its calls have cost. */
function checkLost(world: World, epoch: string): void {
  const truths = new Map<string, bigint>()
  for (const attempt of world.reference.attempts) {
    if (attempt.epoch !== epoch) continue
    for (const { counter, amount } of attempt.reserved) {
      const truth = attempt.fate === 'lost' ? least(amount, billedIn(attempt, counter)) : 0n
      const taken = world.isStrict ? 0n : excessOf(attempt, amount, counter)
      truths.set(counter, (truths.get(counter) ?? 0n) + truth - taken)
    }
  }
  for (const [counter, truth] of truths) {
    const charged = world.look.abandoned.get(`${epoch} ${counter}`) ?? 0n
    if (charged < truth && !isSoft(world, counter))
      world.violations.push(`a lost disk is charged ${charged} in ${counter}, its calls have cost ${truth}`)
  }
}

/** Nothing of a process's calls is left in its accounts. */
export function checkAtRest(world: World, process: SimProcess): void {
  for (const { byWindow } of process.snapshot.limits.entries.values())
    for (const { limit, windowStart, pending, waiting, undrained } of byWindow.values())
      if (pending !== 0n || waiting !== 0n || undrained !== 0n)
        world.violations.push(
          `${process.name} is at rest, and ${limit.id} ${windowStart} has pending ${pending}, waiting ${waiting}, undrained ${undrained}`,
        )
}
