import { isAtRest, neededOf, type Account, type LeaseWord } from './accounts.ts'
import { dropAccount } from './book.ts'
import { isUnsure } from './leases.store.ts'
import { doubt, heard, nameOf, type LeaseState } from './state.ts'

/** A message is about 150 bytes, and what is told at once at most 8000. */
const tellingsMax = 40

/** Uses no more of an account's room than what is needed now, and gives the rest back as soon as may be. */
export function giveBackSoon(state: LeaseState, account: Account): void {
  account.ceiling = neededOf(account)
  state.returns.add(account)
  state.wake()
}

/** Gives back what is to be given back. What is lowered here stays so until the database has said that it is. Throws the store's error. */
export async function giveBack(state: LeaseState): Promise<void> {
  const giving = state.now() < state.unsureUntilMs ? [] : [...state.returns]
  const tellings = state.tellings.slice(0, tellingsMax)
  if (giving.length === 0 && tellings.length === 0) return
  for (const account of giving) account.ceiling = neededOf(account)
  const keeps = giving.map((account) => ({ ...nameOf(account), keep: String(account.ceiling) }))
  let words: LeaseWord[]
  try {
    words = await state.store.giveBack(state.epoch, keeps, tellings.length === 0 ? null : JSON.stringify(tellings))
  } catch (error) {
    if (isUnsure(error)) doubt(state, giving)
    throw error
  }
  heard(state, words)
  state.tellings.splice(0, tellings.length)
  for (const account of giving) {
    account.ceiling = null
    state.returns.delete(account)
    forgetAtRest(state, account)
  }
}

/** Forgets an account of which nothing is under way. */
export function forgetAtRest(state: LeaseState, account: Account): void {
  if (!isAtRest(account)) return
  state.held.delete(account)
  account.askedAtMs = 0
  if (account.endMs <= state.wallNow()) dropAccount(state.book, account)
}
