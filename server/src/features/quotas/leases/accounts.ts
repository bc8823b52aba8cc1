import type { LimitsTable } from '../limits.table.ts'
import type { Windowed } from '../windows.ts'

/** A limit as admission needs it. Amounts are nano-dollars for `cost`, else a plain count; null = it only counts. */
export type Limit = Windowed & {
  tenantId: string
  id: string
  subjectType: LimitsTable['subject_type']
  subjectId: string
  amount: bigint | null
  /** Whether a call is refused at the amount. */
  isHard: boolean
  /** Only calls to this provider, or of this model, count; null = all. */
  provider: string | null
  model: string | null
}

/**
 * What this process knows of one window of a limit. `granted` is the room that the database has leased to it (as of `serial`), of which
 * `undrained` is settled and on its way there and `pending` reserved by calls; `ceiling` is how far it may be used while some of it is
 * being given back. `waiting` is the part of `pending` that waits to be covered, `left` what the database could still give when it last
 * answered, and at `low` more is asked for ahead of need.
 */
export type Account = {
  limit: Limit
  windowStart: string
  endMs: number
  granted: bigint
  serial: bigint
  ceiling: bigint | null
  undrained: bigint
  pending: bigint
  waiting: bigint
  left: bigint
  low: bigint
  /** How much to ask for ahead of need, and when that was last done. Times of the monotonic clock in ms. */
  ask: bigint
  askedAtMs: number
  usedAtMs: number
  /** Whether room in the window after this one has been asked for. */
  hasNext: boolean
  /** Until then the database need not be asked for as much as this again: it has refused it. */
  refused: { need: bigint; untilMs: number } | null
}

/** What an attempt may use at most, or has used, in each metric. A call under way counts once for `parallel`, a finished one not at all. */
export type Amounts = Readonly<Record<Limit['metric'], bigint>>

export function openAccount(limit: Limit, windowStart: Date, end: Date | null): Account {
  return {
    limit,
    windowStart: windowStart.toISOString(),
    endMs: end?.getTime() ?? Infinity,
    granted: 0n,
    serial: 0n,
    ceiling: null,
    undrained: 0n,
    pending: 0n,
    waiting: 0n,
    left: 0n,
    low: 0n,
    ask: 0n,
    askedAtMs: 0,
    usedAtMs: 0,
    hasNext: false,
    refused: null,
  }
}

/** What may still be reserved here without asking the database; below zero while a call waits for room. */
export function roomOf({ granted, ceiling, undrained, pending }: Account): bigint {
  return (ceiling !== null && ceiling < granted ? ceiling : granted) - undrained - pending
}

/** What cannot be given back: settled and on its way, or reserved by calls that were admitted. Never less than nothing. */
export function neededOf({ undrained, pending, waiting }: Account): bigint {
  const needed = undrained + pending - waiting
  return needed > 0n ? needed : 0n
}

/** Whether nothing of this account is under way, here or in the database. */
export function isAtRest({ granted, undrained, pending }: Account): boolean {
  return granted === 0n && undrained === 0n && pending === 0n
}

/** Reserves the worst case in every account; answers whether the leases of all hard limits cover it. */
export function reserve(accounts: readonly Account[], worst: Amounts): boolean {
  let isCovered = true
  for (const account of accounts) {
    account.pending += worst[account.limit.metric]
    if (account.limit.isHard && roomOf(account) < 0n) isCovered = false
  }
  return isCovered
}

/** Turns a reservation into what was really used; that may be more. */
export function settle(accounts: readonly Account[], worst: Amounts, used: Amounts): void {
  for (const account of accounts) {
    account.pending -= worst[account.limit.metric]
    account.undrained += used[account.limit.metric]
    account.refused = null
  }
}

/** Gives back the reservation of an attempt that never happened. */
export function release(accounts: readonly Account[], worst: Amounts): void {
  for (const account of accounts) {
    account.pending -= worst[account.limit.metric]
    account.refused = null
  }
}

/** What the database says of a lease; the newest `serial` is true, in whatever order answers arrive. */
export type LeaseWord = { limitId: string; windowStart: string; granted: bigint; serial: bigint; left: bigint | null }

export function hear(account: Account, word: LeaseWord): void {
  if (word.left !== null) account.left = word.left
  if (word.serial < account.serial) return
  account.serial = word.serial
  account.granted = word.granted
}
