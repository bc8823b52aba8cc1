import type { Platform } from '../../platform/ctx.ts'
import type { Account } from '../../features/quotas/leases/accounts.ts'
import { applyAccessKey, applyAgent, applyGroup, applyLimit, applyPrice, applyProviderKey, applyTenant, applyUser } from './apply.ts'
import { lookAfter, readChanges, type Changes, type Versioned } from './read.ts'
import type { Snapshot } from './snapshot.ts'

/**
 * How many versions before the known ones are looked at again, besides those of transactions under way: a version is drawn a moment before
 * its transaction counts as one.
 */
const overlap = 100n

export type Follower = {
  /** Brings in all that was committed before the call. Not to be called while it runs. */
  catchUp(): Promise<void>
  /** Milliseconds from the last observed change to its being in force here; null before the first. */
  delayMs(): number | null
}

/**
 * Keeps a snapshot up to date. Versions come from one sequence, but commits do not come in their order: everything newer than the last
 * version before which no transaction is still open is looked at each time, and what was applied before is passed over.
 * `observe` is told, for each change after the first load, how long it took to be in force; `surrender`, whose room is to be given back.
 */
export function followChanges(
  platform: Pick<Platform, 'db' | 'keyring' | 'log' | 'now'>,
  snapshot: Snapshot,
  observe: (delayMs: number) => void,
  surrender: (account: Account) => void,
): Follower {
  /** Everything up to here is known for good. */
  let settledTo = 0n
  /** Becomes the next `settledTo` once every transaction that was open at that moment has ended. */
  let pending: { version: bigint; nextTransaction: bigint } | null = null
  /** Versions after `settledTo`, less the overlap, that were applied. */
  const applied = new Set<bigint>()
  let isLoaded = false
  let delayMs: number | null = null

  async function catchUp(): Promise<void> {
    const from = settledTo > overlap ? settledTo - overlap : 0n
    const look = await lookAfter(platform.db, from)
    const changes = await readChanges(platform, {
      version: from,
      changed: look.changed,
      withGone: isLoaded,
      isKnown: (version) => applied.has(version),
    })
    applyChanges(snapshot, changes).forEach(surrender)
    const rows: Versioned[] = Object.values(changes.rows).flat()
    for (const row of rows) if (!changes.again.has(row.version)) applied.add(row.version)
    if (rows.length > 0) snapshot.revision++
    if (isLoaded) rows.forEach(noteDelay)
    isLoaded = true
    if (pending && pending.nextTransaction <= look.oldestOpen) {
      settledTo = pending.version
      pending = null
      for (const version of applied) if (version <= settledTo - overlap) applied.delete(version)
    }
    pending ??= look
  }

  function noteDelay(row: Versioned): void {
    if (!row.updated_at) return
    delayMs = Math.max(0, platform.now().getTime() - row.updated_at.getTime())
    observe(delayMs)
  }

  return { catchUp, delayMs: () => delayMs }
}

/** In one go, so that no call sees half of a change. */
function applyChanges(snapshot: Snapshot, { rows, secrets }: Changes): Account[] {
  for (const row of rows.tenants) applyTenant(snapshot, row)
  for (const row of rows.users) applyUser(snapshot, row)
  for (const row of rows.agents) applyAgent(snapshot, row)
  for (const row of rows.accessKeys) applyAccessKey(snapshot, row)
  for (const [index, row] of rows.providerKeys.entries()) applyProviderKey(snapshot, row, secrets[index])
  for (const row of rows.prices) applyPrice(snapshot, row)
  for (const row of rows.groups) applyGroup(snapshot, row)
  return rows.limits.flatMap((row) => applyLimit(snapshot, row))
}
