import { neededOf, type Account } from './accounts.ts'
import { findAccount } from './book.ts'
import { giveBackSoon } from './give-back.ts'
import type { LeaseState, SlackMessage } from './state.ts'

/** How long a call waits for what other processes have left. */
const patienceMs = 250

/** Asks the other processes for the room in this window that they do not need; resolves when all have answered, or after a moment. */
export function askForSlack(state: LeaseState, { limit, windowStart }: Account, others: number): Promise<void> {
  const name = `${limit.id} ${windowStart}`
  const known = state.askings.get(name)
  if (known) return known.answered
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, patienceMs)
  let missing = others
  const answer = () => {
    if (--missing <= 0) resolve()
  }
  const answered = promise.then(() => {
    clearTimeout(timer)
    state.askings.delete(name)
  })
  state.askings.set(name, { answered, answer })
  const message: SlackMessage = { kind: 'ask', asker: state.epoch, limit: limit.id, windowStart }
  state.store.tell(JSON.stringify([message])).catch((err: unknown) => {
    state.log.warn({ err }, 'other processes could not be asked for room')
    resolve()
  })
  return answered
}

/** What another process, or this one, has said. */
export function hearSlack(state: LeaseState, payload: string): void {
  for (const message of JSON.parse(payload) as SlackMessage[]) {
    const { kind, asker, limit, windowStart } = message
    const isMine = asker === state.epoch
    if (kind === 'gave' && isMine) state.askings.get(`${limit} ${windowStart}`)?.answer()
    if (kind !== 'ask' || isMine) continue
    const account = findAccount(state.book, limit, windowStart)
    // Only who has a lease was counted by the asker.
    if (!account || account.granted === 0n) continue
    state.tellings.push({ ...message, kind: 'gave' })
    if (account.granted > neededOf(account)) giveBackSoon(state, account)
    else state.wake()
  }
}
