import ipaddr from 'ipaddr.js'
import { Failure } from '../../platform/failure.ts'

const windowMs = 15 * 60_000
const failuresMax = 10
const keptMax = 10_000

type Attempts = { count: number; since: number }
const failures = new Map<string, Attempts>()

/** Throws `too_many_requests` when this e-mail failed too often from this address within a quarter of an hour. */
export function mayTry(email: string, ip: string, now: Date): void {
  const attempts = failures.get(keyOf(email, ip))
  if (!attempts) return
  const endsInMs = attempts.since + windowMs - now.getTime()
  if (endsInMs <= 0) failures.delete(keyOf(email, ip))
  else if (attempts.count >= failuresMax)
    throw new Failure('too_many_requests', 'too_many_requests', { retryAfterS: Math.ceil(endsInMs / 1000) })
}

export function noteFailure(email: string, ip: string, now: Date): void {
  const key = keyOf(email, ip)
  const attempts = failures.get(key)
  if (attempts && attempts.since + windowMs > now.getTime()) attempts.count++
  else failures.set(key, { count: 1, since: now.getTime() })
  if (failures.size > keptMax) failures.delete(failures.keys().next().value!)
}

export function noteSuccess(email: string, ip: string): void {
  failures.delete(keyOf(email, ip))
}

/** As sign-in finds the user: without the blanks around it, in any case. */
function keyOf(email: string, ip: string): string {
  return `${networkOf(ip)} ${email.trim().toLowerCase()}`
}

/** Whoever has an IPv6 address has all 2^64 of its network. */
function networkOf(ip: string): string {
  if (!ipaddr.isValid(ip)) return ip
  const address = ipaddr.process(ip)
  return address.kind() === 'ipv4' ? address.toString() : address.toByteArray().slice(0, 8).join('.')
}
