import { roomOf, type Account } from './accounts.ts'

/** The first asking is for so many calls; a process that asks again within moments asks for more, one that seldom asks for less. */
const callsAhead = 64n
const soonMs = 10_000
const lateMs = 60_000
const nextWindowMs = 2_000

/** How much room to ask for besides a call's need: about what a few seconds of traffic like the recent have used. */
export function askFor(account: Account, need: bigint, nowMs: number): bigint {
  const least = need * callsAhead
  const sinceMs = nowMs - account.askedAtMs
  if (account.askedAtMs === 0 || sinceMs > lateMs) return least
  const ask = sinceMs < soonMs ? account.ask * 2n : account.ask
  return ask > least ? ask : least
}

/** More is asked for when half of what was there after the last asking is left; where there was nothing, call by call. */
export function lowOf(account: Account): bigint {
  const room = roomOf(account)
  return room > 0n ? room / 2n : 0n
}

/** Whether the window is about to end under traffic that asks ahead. */
export function endsSoon({ endMs, low }: Account, wallMs: number): boolean {
  return endMs - wallMs < nextWindowMs && low > 0n
}
