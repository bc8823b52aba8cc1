import { sql } from 'kysely'
import type { Page } from '../../platform/cursor.ts'
import type { Reader, Tx } from '../../platform/db.ts'
import type { RefreshTokensTable, SessionsTable, SetupLinksTable } from './sessions.table.ts'

const columns = [
  'tenant_id',
  'id',
  'user_id',
  'kind',
  'user_agent',
  'ip',
  'created_at',
  'last_seen_at',
  'expires_at',
  'revoked_at',
] as const
export type SessionRow = Pick<SessionsTable, (typeof columns)[number]>

export async function insertSession(tx: Tx, row: Omit<SessionsTable, 'revoked_at' | 'revoked_reason'>): Promise<void> {
  await tx
    .insertInto('sessions')
    .values({ ...row, revoked_at: null, revoked_reason: null })
    .execute()
}

export async function findSession(db: Reader, id: string): Promise<SessionRow | undefined> {
  return await db.selectFrom('sessions').select(columns).where('id', '=', id).executeTakeFirst()
}

export async function findSessionBySecret(db: Reader, secretHash: Buffer): Promise<SessionRow | undefined> {
  return await db.selectFrom('sessions').select(columns).where('secret_hash', '=', secretHash).executeTakeFirst()
}

export async function listOpenSessionsOf(db: Reader, tenantId: string, userId: string, now: Date, page: Page): Promise<SessionRow[]> {
  let query = db
    .selectFrom('sessions')
    .select(columns)
    .where('tenant_id', '=', tenantId)
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
  if (page.after) query = query.where('id', '<', page.after)
  return await query.execute()
}

/** Marks a session ended; answers false when it already was, or is not that user's. */
export async function markSessionRevoked(
  tx: Tx,
  session: { tenantId: string; userId: string; id: string },
  reason: string,
  now: Date,
): Promise<boolean> {
  const result = await tx
    .updateTable('sessions')
    .set({ revoked_at: now, revoked_reason: reason })
    .where('tenant_id', '=', session.tenantId)
    .where('id', '=', session.id)
    .where('user_id', '=', session.userId)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Notes that a session was used, at most once a minute. */
export async function touchSession(tx: Tx, tenantId: string, id: string, now: Date): Promise<void> {
  await tx
    .updateTable('sessions')
    .set({ last_seen_at: now })
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .where('last_seen_at', '<', new Date(now.getTime() - 60_000))
    .execute()
}

export async function insertRefreshToken(tx: Tx, row: Omit<RefreshTokensTable, 'used_at'>): Promise<void> {
  await tx
    .insertInto('refresh_tokens')
    .values({ ...row, used_at: null })
    .onConflict((conflict) => conflict.column('token_hash').doNothing())
    .execute()
}

/** Marks a token used if nobody did yet; of many at once exactly one is answered the row. */
export async function markRefreshTokenUsed(tx: Tx, tokenHash: Buffer, now: Date) {
  return await tx
    .updateTable('refresh_tokens')
    .set({ used_at: now })
    .where('token_hash', '=', tokenHash)
    .where('used_at', 'is', null)
    .returningAll()
    .executeTakeFirst()
}

export async function findRefreshToken(db: Reader, tokenHash: Buffer) {
  return await db.selectFrom('refresh_tokens').selectAll().where('token_hash', '=', tokenHash).executeTakeFirst()
}

/** Puts a new set-up link in the place of every unused one. */
export async function replaceSetupLink(tx: Tx, row: Omit<SetupLinksTable, 'used_at'>): Promise<void> {
  await tx.deleteFrom('setup_links').where('used_at', 'is', null).execute()
  await tx
    .insertInto('setup_links')
    .values({ ...row, used_at: null })
    .execute()
}

export async function markSetupLinkUsed(tx: Tx, tokenHash: Buffer, now: Date): Promise<boolean> {
  const result = await tx
    .updateTable('setup_links')
    .set({ used_at: now })
    .where('token_hash', '=', tokenHash)
    .where('used_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Holds back every other set-up until this transaction ends. */
export async function lockSetup(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('setup'))`.execute(tx)
}
