import { neededOf, release, roomOf, type Account } from './accounts.ts'
import { findAccount } from './book.ts'
import { askFor, lowOf } from './forecast.ts'
import type { Taken, Want } from './leases.store.ts'
import { askForSlack } from './slack.ts'
import { heard, LeasesUnavailable, LimitReached, nameOf, renew, type LeaseState, type Waiter } from './state.ts'

/** A refusal of the database stands for so long, unless something that this process knows of has changed. */
const refusedMs = 25
const batchMax = 100

type Refusal = NonNullable<Extract<Taken, { state: 'done' }>['answers'][number]>
/** What a call asks for, and the accounts in which it counts on room that is here, or has to make good for what is missing there. */
type Judged = { wants: Want[]; leansOn: Account[] }

/** Asks for what the calls that wait are short of, and for what is wanted ahead of need, all in one go. Throws the store's error. */
export async function take(state: LeaseState): Promise<void> {
  const refilled = [...state.refills].slice(0, batchMax)
  const calls = state.waiters.slice(0, batchMax)
  const rooms = new Map<Account, bigint>()
  const judged = calls.map((waiter) => ({ waiter, ...wantsOf(state, waiter, rooms) }))
  const asking = judged.map(({ wants }) => wants).filter((some) => some.length > 0)
  asking.push(...refilled.map((account) => [wantOf(account, 0n, account.ask)]))
  const touched = [...new Set([...rooms.keys(), ...refilled])]
  const taken = asking.length === 0 ? null : await takeSurely(state, asking, touched)
  for (const account of refilled) state.refills.delete(account)
  state.waiters.splice(0, calls.length)
  if (taken) heard(state, taken.words)
  const answers = taken?.answers.values()
  // All reservations of this batch are made before anything else runs: what was granted is for the calls that waited for it.
  const again = answer(
    state,
    judged.map((call) => ({ ...call, refused: call.wants.length > 0 ? (answers?.next().value ?? null) : null })),
  )
  state.waiters.unshift(...again)
  for (const account of taken ? touched : []) {
    state.held.add(account)
    account.askedAtMs = state.now()
    account.low = lowOf(account)
  }
}

/**
 * Lets calls in, or turns them away, in their order. Answers those that have to ask again: what a call lacked was counted as if every call
 * before it were let in, so where one of them was refused it may have got too little, or asked for too much; and nobody is let in after
 * the term of this process.
 */
function answer(state: LeaseState, judged: (Judged & { waiter: Waiter; refused: Refusal | null })[]): Waiter[] {
  const misjudged = new Set<Account>()
  const again: Waiter[] = []
  for (const { waiter, refused, leansOn } of judged) {
    const isMistaken = refused
      ? [...misjudged].some(({ limit }) => limit.id === refused.limit_id)
      : misjudged.size > 0 && !isCovered(waiter)
    if (isMistaken || state.now() >= state.liveUntilMs) again.push(waiter)
    else if (refused) considerRefusal(state, waiter, refused)
    else admit(state, waiter)
    if (refused) for (const account of leansOn) misjudged.add(account)
  }
  return again
}

/** Whether the leases cover a call that waits, besides all that does not. */
function isCovered({ accounts, worst }: Waiter): boolean {
  return accounts.every((account) => !account.limit.isHard || account.granted - neededOf(account) >= worst[account.limit.metric])
}

/** Reads what the database has for accounts about which an answer was lost: it may be more than is known here. Throws the store's error. */
export async function readAgain(state: LeaseState): Promise<void> {
  const doubtful = [...state.doubtful].slice(0, batchMax)
  const { words } = await takeSurely(
    state,
    doubtful.map((account) => [wantOf(account, 0n, 0n)]),
    doubtful,
  )
  heard(state, words)
  for (const account of doubtful) state.held.add(account)
}

/** Turns away everybody who waits. */
export function refuseAll(state: LeaseState, error: Error): void {
  const waiters = state.waiters
  state.waiters = []
  for (const waiter of waiters) refuse(waiter, error)
}

/** Whether the database has refused as much a moment ago, and nothing that this process knows of has changed. */
export function isRefused({ refused, limit }: Account, worst: Waiter['worst'], atMs: number): boolean {
  return refused !== null && atMs < refused.untilMs && worst[limit.metric] >= refused.need
}

async function takeSurely(state: LeaseState, wants: Want[][], touched: Account[]): Promise<Extract<Taken, { state: 'done' }>> {
  const fresh = touched.filter((account) => account.askedAtMs === 0)
  if (fresh.length > 0) await state.store.ensureCounters(fresh.map(nameOf))
  for (let tries = 0; tries < 3; tries++) {
    for (const account of touched) state.doubtful.add(account)
    const taken = await state.store.take(state.epoch, ++state.takes, wants)
    for (const account of touched) state.doubtful.delete(account)
    if (taken.state === 'done') return taken
    if (taken.state === 'missing') await state.store.ensureCounters(touched.map(nameOf))
    else await renew(state)
  }
  throw new LeasesUnavailable('the database gives no room')
}

/**
 * What a call lacks in each account, after the calls before it in the same batch. What was settled above its reservation and is on its
 * way has to be covered first.
 */
function wantsOf(state: LeaseState, { accounts, worst }: Waiter, rooms: Map<Account, bigint>): Judged {
  const wants: Want[] = []
  const leansOn: Account[] = []
  for (const account of accounts) {
    if (!account.limit.isHard) continue
    const known = rooms.get(account)
    const room = known ?? roomOf(account) + account.waiting
    const most = worst[account.limit.metric]
    const need = most > room ? most - room : 0n
    rooms.set(account, room + need - most)
    if (need !== most) leansOn.push(account)
    if (need === 0n) continue
    if (known === undefined) account.ask = askFor(account, most, state.now())
    wants.push(wantOf(account, need, known === undefined ? account.ask : 0n))
  }
  return { wants, leansOn }
}

function wantOf(account: Account, need: bigint, ask: bigint): Want {
  return { ...nameOf(account), need: String(need), ask: String(ask) }
}

function considerRefusal(state: LeaseState, waiter: Waiter, refused: Refusal): void {
  const account = findAccount(state.book, refused.limit_id, new Date(refused.window_start).toISOString())
  const full = account ?? waiter.accounts.find(({ limit }) => limit.id === refused.limit_id)!
  if (refused.others === 0 || waiter.hasAsked) {
    refuse(waiter, new LimitReached(full))
    full.refused = { need: waiter.worst[full.limit.metric], untilMs: state.now() + refusedMs }
    return
  }
  waiter.hasAsked = true
  void askForSlack(state, full, refused.others).then(() => {
    state.waiters.push(waiter)
    state.wake()
  })
}

function admit(state: LeaseState, waiter: Waiter): void {
  stopWaiting(waiter)
  for (const account of waiter.accounts) account.usedAtMs = state.now()
  waiter.resolve()
}

function refuse(waiter: Waiter, error: Error): void {
  stopWaiting(waiter)
  release(waiter.accounts, waiter.worst)
  waiter.reject(error)
}

function stopWaiting({ accounts, worst }: Waiter): void {
  for (const account of accounts) account.waiting -= worst[account.limit.metric]
}
