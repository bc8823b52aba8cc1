import { sql } from 'kysely'
import { accessKeysChangedSince } from '../../features/access-keys/access-keys.changes.ts'
import { agentsChangedSince } from '../../features/agents/agents.changes.ts'
import { groupsChangedSince } from '../../features/groups/groups.changes.ts'
import { pricesChangedSince } from '../../features/models/prices.changes.ts'
import { providerKeysChangedSince, type ChangedProviderKey } from '../../features/provider-keys/provider-keys.changes.ts'
import { readProviderKeySecret } from '../../features/provider-keys/secrets/sealed-secret.ts'
import { limitsChangedSince } from '../../features/quotas/limits.changes.ts'
import { tenantsChangedSince } from '../../features/tenants/tenants.changes.ts'
import { usersChangedSince } from '../../features/users/users.changes.ts'
import type { Platform } from '../../platform/ctx.ts'
import type { Reader } from '../../platform/db.ts'
import type { Secret } from '../../platform/secret.ts'
import { DataKeyRefused } from '../../platform/vault/data-key.ts'
import { SealBroken } from '../../platform/vault/seal.ts'

const tables = ['tenants', 'users', 'groups', 'agents', 'access_keys', 'provider_keys', 'prices', 'limits'] as const
type Table = (typeof tables)[number]

/** Every row that the gateway keeps has a version of its own: no two rows share one. */
export type Versioned = { version: bigint; updated_at?: Date | null }

/** The newest version drawn, the next transaction to begin, the oldest one still open, and the tables that have rows after a version. */
export type Look = { version: bigint; nextTransaction: bigint; oldestOpen: bigint; changed: ReadonlySet<string> }

export async function lookAfter(db: Reader, version: bigint): Promise<Look> {
  const changes = sql.join(
    tables.map((name) => sql`case when exists (select from ${sql.table(name)} where version > ${version}) then ${sql.lit(name)} end`),
  )
  const { rows } = await sql<{ version: bigint; oldest: bigint; next: bigint; changed: (string | null)[] }>`
    select last_value as version, pg_snapshot_xmin(s)::text::bigint as oldest, pg_snapshot_xmax(s)::text::bigint as next, array[${changes}] as changed
    from change_versions, pg_current_snapshot() as s`.execute(db)
  const row = rows[0]!
  return {
    version: row.version,
    nextTransaction: row.next,
    oldestOpen: row.oldest,
    changed: new Set(row.changed.filter((name) => name !== null)),
  }
}

/** What to read: rows after `version` that `isKnown` does not know yet, those that are gone too where they may have been known. */
export type Wanted = { version: bigint; changed: ReadonlySet<string>; withGone: boolean; isKnown(version: bigint): boolean }

export type Changes = Awaited<ReturnType<typeof readChanges>>

/** The rows, with opened secrets (in the order of `providerKeys`; undefined where one does not open). */
export async function readChanges(
  { db, keyring, log }: Pick<Platform, 'db' | 'keyring' | 'log'>,
  { version, changed, withGone, isKnown }: Wanted,
) {
  const fresh = async <Row extends Versioned>(name: Table, list: () => Promise<Row[]>): Promise<Row[]> =>
    changed.has(name) ? (await list()).filter((row) => !isKnown(row.version)) : []
  const [tenants, users, groups, agents, accessKeys, providerKeys, prices, limits] = await Promise.all([
    fresh('tenants', () => tenantsChangedSince(db, version)),
    fresh('users', () => usersChangedSince(db, version)),
    fresh('groups', () => groupsChangedSince(db, version)),
    fresh('agents', () => agentsChangedSince(db, version)),
    fresh('access_keys', () => accessKeysChangedSince(db, version, withGone)),
    fresh('provider_keys', () => providerKeysChangedSince(db, version, withGone)),
    fresh('prices', () => pricesChangedSince(db, version)),
    fresh('limits', () => limitsChangedSince(db, version)),
  ])
  /** Versions of rows to be read again: what went wrong may pass. */
  const again = new Set<bigint>()
  const secrets = await Promise.all(providerKeys.map((row) => openSecret(row)))
  return { rows: { tenants, users, groups, agents, accessKeys, providerKeys, prices, limits }, secrets, again }

  /** One key that does not open must not keep the others from being known. */
  async function openSecret(row: ChangedProviderKey): Promise<Secret | null | undefined> {
    try {
      return await readProviderKeySecret(db, keyring, row)
    } catch (err) {
      if (!(err instanceof SealBroken || err instanceof DataKeyRefused)) again.add(row.version)
      log.error({ err, key: row.id }, 'a provider key cannot be opened and serves nobody')
      return undefined
    }
  }
}
