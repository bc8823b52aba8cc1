import { windowOf } from '../windows.ts'
import { isAtRest, openAccount, type Account, type Limit } from './accounts.ts'

/** One limit with the account of the window that calls are admitted in, and of others that are still needed. */
type Entry = { limit: Limit; current: Account | null; byWindow: Map<string, Account> }

/** What serves a call. `family`: the model's name without the date of its version, where that is known. */
export type Served = { provider: string; model: string; family?: string | null }

/** Every limit that a process knows, with its accounts. */
export type Book = { entries: Map<string, Entry>; ofSubject: Map<string, Entry[]> }

export function emptyBook(): Book {
  return { entries: new Map(), ofSubject: new Map() }
}

/** Brings in a limit, new or changed. Answers the account that a change concerns, if there is one. */
export function putLimit(book: Book, limit: Limit): Account | null {
  const known = book.entries.get(limit.id)
  if (!known) {
    const entry: Entry = { limit, current: null, byWindow: new Map() }
    book.entries.set(limit.id, entry)
    const others = book.ofSubject.get(limit.subjectId)
    if (others) others.push(entry)
    else book.ofSubject.set(limit.subjectId, [entry])
    return null
  }
  const before = known.limit.amount
  Object.assign(known.limit, limit)
  const account = known.current
  if (!account) return null
  account.left += (limit.amount ?? 0n) - (before ?? 0n)
  account.refused = null
  // The window may begin elsewhere now.
  known.current = null
  return account
}

/** Forgets a limit: no call is measured by it any more. Answers the accounts whose room is to be given back. */
export function removeLimit(book: Book, limitId: string): Account[] {
  const entry = book.entries.get(limitId)
  if (!entry) return []
  entry.current = null
  const rest = (book.ofSubject.get(entry.limit.subjectId) ?? []).filter((other) => other !== entry)
  if (rest.length > 0) book.ofSubject.set(entry.limit.subjectId, rest)
  else book.ofSubject.delete(entry.limit.subjectId)
  if (entry.byWindow.size === 0) book.entries.delete(limitId)
  return [...entry.byWindow.values()]
}

/**
 * The accounts that a call at an instant touches: of every limit on one of these subjects that counts this provider and model, in the
 * window of that instant.
 */
export function accountsFor(book: Book, subjectIds: readonly (string | null)[], served: Served, at: Date): Account[] {
  const accounts: Account[] = []
  const atMs = at.getTime()
  for (const id of subjectIds) {
    const entries = id === null ? undefined : book.ofSubject.get(id)
    if (!entries) continue
    for (const entry of entries) {
      const { limit, current } = entry
      if (limit.provider !== null && limit.provider !== served.provider) continue
      if (limit.model !== null && !isModel(limit.model, served)) continue
      accounts.push(current !== null && atMs < current.endMs ? current : turn(entry, at))
    }
  }
  return accounts
}

/** Whether a limit's model serves a call, by any spelling of its name; a model without a date means all of its dated versions. */
function isModel(limited: string, { provider, model, family }: Served): boolean {
  const name = plainName(provider, limited)
  return name === plainName(provider, model) || (typeof family === 'string' && name === plainName(provider, family))
}

function plainName(provider: string, model: string): string {
  const name = model.toLowerCase().replace(/^models\//, '')
  const bare = name.startsWith(`${provider}/`) ? name.slice(provider.length + 1) : name
  return provider === 'ollama' ? bare.replace(/:latest$/, '') : bare
}

/** The account of the window after this one, when that is about to end. */
export function nextAccount(book: Book, account: Account): Account | null {
  const entry = book.entries.get(account.limit.id)
  return entry && Number.isFinite(account.endMs) ? accountAt(entry, new Date(account.endMs)) : null
}

export function findAccount(book: Book, limitId: string, windowStart: string): Account | undefined {
  return book.entries.get(limitId)?.byWindow.get(windowStart)
}

/** Forgets the account of a window that is over. */
export function dropAccount(book: Book, account: Account): void {
  const entry = book.entries.get(account.limit.id)
  if (!entry) return
  entry.byWindow.delete(account.windowStart)
  if (entry.current === account) entry.current = null
  if (entry.byWindow.size === 0 && !book.ofSubject.get(account.limit.subjectId)?.includes(entry)) book.entries.delete(account.limit.id)
}

/** The account of another window becomes the current one; those of which nothing is under way are forgotten. */
function turn(entry: Entry, at: Date): Account {
  const current = accountAt(entry, at)
  entry.current = current
  for (const account of entry.byWindow.values())
    if (account !== current && account.endMs <= at.getTime() && isAtRest(account)) entry.byWindow.delete(account.windowStart)
  return current
}

function accountAt(entry: Entry, at: Date): Account {
  const { start, end } = windowOf(entry.limit, at)
  const known = entry.byWindow.get(start.toISOString())
  if (known) {
    known.endMs = end?.getTime() ?? Infinity
    return known
  }
  const account = openAccount(entry.limit, start, end)
  entry.byWindow.set(account.windowStart, account)
  return account
}
