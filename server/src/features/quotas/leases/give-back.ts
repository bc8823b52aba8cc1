import { isAtRest, neededOf, type Account, type LeaseWord } from './accounts.ts'
import { dropAccount } from './book.ts'
import { heard, nameOf, renew, type LeaseState } from './state.ts'

/** A message is about 150 bytes, and what is told at once at most 8000. */
const tellingsMax = 40

/** Uses no more of an account's room than what is needed now, and gives the rest back as soon as may be. */
export function giveBackSoon(state: LeaseState, account: Account): void {
  lowerCeiling(account)
  state.returns.add(account)
  state.wake()
}

/** Never raises it: an earlier statement, whose answer is still to come, may have left no more than that. */
function lowerCeiling(account: Account): void {
  const needed = neededOf(account)
  if (account.ceiling === null || needed < account.ceiling) account.ceiling = needed
}

/**
 * Gives back what is to be given back. What is lowered here stays so until the database has said that it is; should an earlier statement
 * whose answer was lost happen after all, it finds another serial and does nothing. Throws the store's error.
 */
export async function giveBack(state: LeaseState): Promise<void> {
  const giving = new Map([...state.returns].map((account) => [account, neededOf(account)]))
  const tellings = state.tellings.slice(0, tellingsMax)
  for (const account of giving.keys()) lowerCeiling(account)
  const keeps = [...giving].map(([account, keep]) => ({ ...nameOf(account), keep: String(keep), serial: String(account.serial) }))
  state.returns.clear()
  const words = await state.store
    .giveBack(state.epoch, keeps, tellings.length === 0 ? null : JSON.stringify(tellings))
    .catch((error: unknown) => {
      for (const account of giving.keys()) state.returns.add(account)
      throw error
    })
  heard(state, words)
  state.tellings.splice(0, tellings.length)
  const gone = [...giving.keys()].filter((account) => account.serial > 0n && isGone(account, words))
  // Somebody has taken this epoch over, and says so when it is renewed.
  if (gone.length > 0) await renew(state)
  for (const account of gone) account.granted = 0n
  for (const [account, keep] of giving) {
    // A drain came in between, and the lease is another now: once more. Or it was asked for again meanwhile.
    if (account.granted > keep) state.returns.add(account)
    if (state.returns.has(account)) continue
    account.ceiling = null
    forgetAtRest(state, account)
  }
}

/** Whether the lease that an account has is not in the database any more. */
function isGone({ limit, windowStart }: Account, words: readonly LeaseWord[]): boolean {
  return words.some((word) => word.limitId === limit.id && word.windowStart === windowStart && word.serial === 0n)
}

/** Forgets an account of which nothing is under way. */
export function forgetAtRest(state: LeaseState, account: Account): void {
  if (!isAtRest(account)) return
  state.held.delete(account)
  account.askedAtMs = 0
  if (account.endMs <= state.wallNow()) dropAccount(state.book, account)
}
