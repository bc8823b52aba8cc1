import type { Log } from '../../../platform/log/log.ts'
import { hear, type Account, type Amounts, type LeaseWord } from './accounts.ts'
import { findAccount, type Book } from './book.ts'
import type { CounterName, LeaseStore } from './leases.store.ts'

/** How long a process may admit calls without word from the database, and how long before the end of that it stops. */
export const termMs = 60_000
export const marginMs = 2_000

/** No room for a call in the limit of this account. */
export class LimitReached extends Error {
  override readonly name = 'LimitReached'
  readonly account: Account

  constructor(account: Account) {
    super(`no room in limit ${account.limit.id}`)
    this.account = account
  }
}

/** Room could not be asked for: the database is away, or this epoch was taken over. */
export class LeasesUnavailable extends Error {
  override readonly name = 'LeasesUnavailable'
}

/** A call that waits for room: what it reserved is `pending` and `waiting` in its accounts. */
export type Waiter = {
  accounts: readonly Account[]
  worst: Amounts
  /** Whether other processes have been asked for theirs. */
  hasAsked: boolean
  resolve: () => void
  reject: (error: Error) => void
}

/** Between processes: `ask`: who has room in this window, give it back; `gave`: done, as far as there was any. */
export type SlackMessage = { kind: 'ask' | 'gave'; asker: string; limit: string; windowStart: string }

/** The leases of one process. Times of the monotonic clock in ms, but for `wallNow`. */
export type LeaseState = {
  store: LeaseStore
  book: Book
  epoch: string
  /** How often room was asked for. */
  takes: number
  log: Log
  now: () => number
  wallNow: () => number
  waiters: Waiter[]
  refills: Set<Account>
  /** Accounts whose room is to be given back. */
  returns: Set<Account>
  /** What other processes are to be told once that is done. */
  tellings: SlackMessage[]
  /** One asking per counter at a time: whoever needs the same room waits for the same answers. */
  askings: Map<string, { answered: Promise<void>; answer: () => void }>
  /** Accounts about which an answer was lost: what the database has for them is to be read. */
  doubtful: Set<Account>
  /** The database did not answer: it is not asked again before this. */
  awayUntilMs: number
  /** Accounts that have had room. */
  held: Set<Account>
  /** Nothing is admitted under hard limits after this. */
  liveUntilMs: number
  isBlocked: boolean
  onBlocked: () => void
  /** Sees to everything that waits above. */
  wake: () => void
}

export function heard(state: LeaseState, words: readonly LeaseWord[]): void {
  for (const word of words) {
    const account = findAccount(state.book, word.limitId, word.windowStart)
    if (account) hear(account, word)
  }
}

/** Says that this process is alive for another term. Throws when it was taken over. */
export async function renew(state: LeaseState): Promise<void> {
  const atMs = state.now()
  if (await state.store.renew(state.epoch, termMs, state.takes)) {
    state.liveUntilMs = atMs + termMs - marginMs
    return
  }
  state.isBlocked = true
  state.liveUntilMs = -Infinity
  state.onBlocked()
  throw new LeasesUnavailable('another process has taken over this epoch')
}

export function nameOf({ limit, windowStart }: Account): CounterName {
  return { tenant_id: limit.tenantId, limit_id: limit.id, window_start: windowStart }
}
