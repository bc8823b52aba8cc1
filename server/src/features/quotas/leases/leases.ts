import { neededOf, release, reserve, roomOf, type Account, type Amounts, type LeaseWord } from './accounts.ts'
import { nextAccount } from './book.ts'
import { askFor, endsSoon } from './forecast.ts'
import { forgetAtRest, giveBack, giveBackSoon } from './give-back.ts'
import { openLeaseStore, type LeaseStore } from './leases.store.ts'
import { hearSlack } from './slack.ts'
import { heard, LeasesUnavailable, LimitReached, marginMs, renew, termMs, type LeaseState } from './state.ts'
import { isRefused, readAgain, refuseAll, take } from './take.ts'

const renewEveryMs = 10_000
const tickMs = 1_000
/** A database that does not answer is asked again after so long; until then nobody waits for it. */
const awayMs = 500
/** An account that nobody used for so long gives its room back. */
const idleMs = 10_000

export type Leases = {
  /**
   * Reserves a call's worst case in all of its accounts, at once where the leases reach (true), else after asking the database. Rejects
   * with `LimitReached` or `LeasesUnavailable`, and then nothing is reserved.
   */
  reserve(accounts: readonly Account[], worst: Amounts): true | Promise<void>
  /** Gives back what is not needed of an account: its limit has changed, or is gone. */
  surrender(account: Account): void
  /** What the database said of leases in the answer to a drain. */
  heard(words: readonly LeaseWord[]): void
  /** Gives everything back that is not under way, and leaves. */
  close(): Promise<void>
}

export type LeaseOptions = Pick<LeaseState, 'book' | 'epoch' | 'log' | 'onBlocked'> & {
  /** The address of the database, or a store on it. */
  store: string | LeaseStore
  /** Messages of all processes, on the channel `slack`. */
  listen(hear: (message: string) => void): Promise<void>
  /** Milliseconds of a clock that only goes forward, and of the one on the wall. */
  now?: () => number
  wallNow?: () => number
}

/**
 * The room that this process has in every limit: taken from the database ahead of need while the limit is far, as much as a call needs
 * near it, and given back when others ask, when it lies idle, and at the end. One statement at a time, so that the order is known.
 */
export async function openLeases({
  store,
  listen,
  now = () => performance.now(),
  wallNow = Date.now,
  ...given
}: LeaseOptions): Promise<Leases> {
  let working: Promise<void> | null = null
  let timer: NodeJS.Timeout | null = null
  const state: LeaseState = {
    ...given,
    store: typeof store === 'string' ? openLeaseStore(store) : store,
    now,
    wallNow,
    takes: 0,
    waiters: [],
    refills: new Set(),
    returns: new Set(),
    tellings: [],
    askings: new Map(),
    doubtful: new Set(),
    awayUntilMs: -Infinity,
    held: new Set(),
    liveUntilMs: -Infinity,
    isBlocked: false,
    wake() {
      working ??= workThrough(state).then((isDone) => {
        working = null
        if (isDone && hasWork(state)) state.wake()
        else if (state.held.size > 0 || hasWork(state)) timer ??= setTimeout(tick, tickMs).unref()
      })
    },
  }
  await listen((message) => hearSlack(state, message))

  async function settled(): Promise<void> {
    if (!working) return
    await working
    await settled()
  }

  function tick(): void {
    timer = null
    look(state)
    state.wake()
  }

  return {
    reserve: (accounts, worst) => reserveRoom(state, accounts, worst),
    surrender: (account) => giveBackSoon(state, account),
    heard: (words) => heard(state, words),
    async close() {
      for (const account of state.held) giveBackSoon(state, account)
      state.wake()
      await settled()
      if (timer) clearTimeout(timer)
      await state.store.close()
    },
  }
}

function reserveRoom(state: LeaseState, accounts: readonly Account[], worst: Amounts): true | Promise<void> {
  const isCovered = reserve(accounts, worst)
  const atMs = state.now()
  if (isCovered && atMs < state.liveUntilMs) {
    noteUse(state, accounts, atMs)
    return true
  }
  const hard = accounts.filter((account) => account.limit.isHard)
  if (hard.length === 0) return true
  if (atMs < state.awayUntilMs) {
    release(accounts, worst)
    return Promise.reject(new LeasesUnavailable('the database does not answer'))
  }
  const full = hard.find((account) => isRefused(account, worst, atMs))
  if (full) {
    const { refused } = full
    release(accounts, worst)
    full.refused = refused
    return Promise.reject(new LimitReached(full))
  }
  // In every account: a limit that only counts now may be enforced before the call is let in.
  for (const account of accounts) account.waiting += worst[account.limit.metric]
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  state.waiters.push({ accounts, worst, hasAsked: false, resolve, reject })
  state.wake()
  return promise
}

/** Asks ahead where room gets low; whatever is soon low is asked for in the same go. */
function noteUse(state: LeaseState, accounts: readonly Account[], atMs: number): void {
  let isLow = false
  for (const account of accounts) {
    if (!account.limit.isHard) continue
    account.usedAtMs = atMs
    if (roomOf(account) < account.low) isLow = true
    else if (!account.hasNext && endsSoon(account, state.wallNow())) askForNext(state, account, atMs)
  }
  if (!isLow) return
  for (const account of accounts) if (account.limit.isHard && roomOf(account) < account.low + account.low / 2n) refill(state, account)
}

function askForNext(state: LeaseState, account: Account, atMs: number): void {
  account.hasNext = true
  const next = nextAccount(state.book, account)
  if (!next || next.serial > 0n) return
  next.ask = account.ask
  next.usedAtMs = atMs
  refill(state, next)
}

function refill(state: LeaseState, account: Account): void {
  if (state.now() < state.awayUntilMs) return
  // Whatever comes of it, the same low is not asked for twice.
  account.low = 0n
  account.ask = askFor(account, 0n, state.now())
  state.refills.add(account)
  state.wake()
}

function hasWork(state: LeaseState): boolean {
  return [state.waiters.length, state.refills.size, state.returns.size, state.tellings.length, state.doubtful.size].some(
    (count) => count > 0,
  )
}

/** One thing after the other: what is given back is gone before anything is taken. False when the database could not be asked. */
async function workThrough(state: LeaseState): Promise<boolean> {
  // What happens in one go is asked in one go.
  await Promise.resolve()
  try {
    do {
      if (state.isBlocked) throw new LeasesUnavailable('another process has taken over this epoch')
      const isDue = state.now() >= state.liveUntilMs - termMs + marginMs + renewEveryMs
      if (isDue && (state.waiters.length > 0 || state.refills.size > 0 || state.held.size > 0)) await renew(state)
      if (state.returns.size > 0 || state.tellings.length > 0) await giveBack(state)
      if (state.doubtful.size > 0) await readAgain(state)
      if (state.waiters.length > 0 || state.refills.size > 0) await take(state)
    } while (hasWork(state))
    if (state.held.size === 0 && state.liveUntilMs > -Infinity) await leave(state)
    return true
  } catch (cause) {
    state.refills.clear()
    state.awayUntilMs = state.now() + awayMs
    refuseAll(state, cause instanceof LeasesUnavailable ? cause : new LeasesUnavailable('the database does not answer', { cause }))
    if (!state.isBlocked) state.log.warn({ err: cause }, 'room in limits could not be asked for, or given back')
    return false
  }
}

/** A process that holds nothing need not be renewed. */
async function leave(state: LeaseState): Promise<void> {
  state.liveUntilMs = -Infinity
  await state.store.leave(state.epoch)
}

/** While anything is held: what is idle or over is given back. */
function look(state: LeaseState): void {
  const atMs = state.now()
  for (const account of state.held) {
    const isOver = account.endMs <= state.wallNow()
    const isIdle = atMs - account.usedAtMs >= idleMs && atMs - account.askedAtMs >= idleMs
    forgetAtRest(state, account)
    if ((isOver || isIdle) && account.granted > neededOf(account)) giveBackSoon(state, account)
  }
}
