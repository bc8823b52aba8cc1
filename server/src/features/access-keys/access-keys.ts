import type { accessKeys } from '@llm-manager/contract/access-keys'
import type { Received } from '@llm-manager/contract/endpoint'
import type { Updateable } from 'kysely'
import { allow, change, type Ctx } from '../../platform/ctx.ts'
import { listReply, pageOf } from '../../platform/cursor.ts'
import type { Reader, Tx } from '../../platform/db.ts'
import { Failure, notFound } from '../../platform/failure.ts'
import { isId, newId } from '../../platform/ids.ts'
import type { Secret } from '../../platform/secret.ts'
import { agentInReach } from '../agents/agents.ts'
import { ownerInReach } from '../agents/owner.ts'
import { accessKeyHint, hashAccessKey, newAccessKeySecret } from './access-key-secret.ts'
import { findAccessKey, insertAccessKey, listAccessKeys, lockAccessKey, updateAccessKey, type AccessKeyRow } from './access-keys.store.ts'
import type { AccessKeysTable } from './access-keys.table.ts'

type Input<K extends keyof typeof accessKeys> = Received<(typeof accessKeys)[K]>

/** Creates an access key of an agent, of a user, or of the tenant itself; the secret is in this answer and nowhere else. */
export async function createAccessKey(ctx: Ctx, { body }: Input<'create'>) {
  return await change(ctx, 'access_keys:write', async (tx, audit) => {
    const { tenantId, userId } = ctx.caller
    const { name, mode, ...settings } = body
    const belongsTo = await belongingOf(ctx, tx, body)
    const id = newId()
    const secret = newAccessKeySecret(mode)
    const row = {
      id,
      name,
      mode,
      ...belongsTo,
      ...secretColumns(mode, secret),
      models: null,
      allowed_ips: null,
      expires_at: null,
      ...settingsOf(settings),
      created_by: userId,
      revoked_at: null,
      last_used: null,
    }
    await insertAccessKey(tx, tenantId, { ...row, created_at: ctx.now(), updated_at: null })
    const made = await keyWritten(tx, tenantId, id)
    audit({ action: 'access_key.created', subject: { type: 'access_key', id }, after: audited(made) })
    return { ...toAccessKey(made, ctx.now()), key: secret.expose() }
  })
}

export async function listAccessKeysInReach(ctx: Ctx, { query }: Input<'list'>) {
  allow(ctx, 'access_keys:read')
  const page = pageOf(query)
  const rows = await listAccessKeys(ctx.db, ctx.caller.tenantId, onlyOwner(ctx), query.agent_id ?? null, page)
  return listReply(page, rows, (row) => toAccessKey(row, ctx.now()))
}

export async function getAccessKey(ctx: Ctx, { params }: Input<'get'>) {
  allow(ctx, 'access_keys:read')
  return toAccessKey(await keyInReach(ctx, ctx.db, params.id), ctx.now())
}

/** Changes what is named; a revoked key stays as it was. */
export async function changeAccessKey(ctx: Ctx, { params, body }: Input<'change'>) {
  return await change(ctx, 'access_keys:write', async (tx, audit) => {
    const before = await usableKey(ctx, tx, params.id)
    const named = body.name === undefined ? {} : { name: body.name }
    await updateAccessKey(tx, before.tenant_id, before.id, { ...named, ...settingsOf(body), updated_at: ctx.now() })
    const after = await keyWritten(tx, before.tenant_id, before.id)
    audit({ action: 'access_key.changed', subject: { type: 'access_key', id: before.id }, before: audited(before), after: audited(after) })
    return toAccessKey(after, ctx.now())
  })
}

/** Replaces the secret; the old one opens nothing from this answer on. */
export async function rotateAccessKey(ctx: Ctx, { params }: Input<'rotate'>) {
  return await change(ctx, 'access_keys:write', async (tx, audit) => {
    const before = await usableKey(ctx, tx, params.id)
    const secret = newAccessKeySecret(before.mode)
    await updateAccessKey(tx, before.tenant_id, before.id, { ...secretColumns(before.mode, secret), updated_at: ctx.now() })
    const after = await keyWritten(tx, before.tenant_id, before.id)
    audit({ action: 'access_key.rotated', subject: { type: 'access_key', id: before.id }, before: audited(before), after: audited(after) })
    return { ...toAccessKey(after, ctx.now()), key: secret.expose() }
  })
}

/** Revokes a key for good; it stays in the list, and again is nothing new. */
export async function removeAccessKey(ctx: Ctx, { params }: Input<'remove'>): Promise<undefined> {
  allow(ctx, 'access_keys:write')
  const found = await keyInReach(ctx, ctx.db, params.id)
  if (found.revoked_at) return
  await change(ctx, 'access_keys:write', async (tx, audit) => {
    await updateAccessKey(tx, found.tenant_id, found.id, { revoked_at: ctx.now(), updated_at: ctx.now() })
    audit({ action: 'access_key.revoked', subject: { type: 'access_key', id: found.id }, before: audited(found) })
  })
}

/** Whose key it is to be: an agent or a user within reach; of neither, the tenant's for who administers it, else the caller's own. */
async function belongingOf(
  ctx: Ctx,
  tx: Tx,
  { agent_id, user_id }: Input<'create'>['body'],
): Promise<Pick<AccessKeysTable, 'agent_id' | 'user_id'>> {
  if (agent_id && user_id) throw new Failure('rule_broken', 'access_key_one_owner')
  if (agent_id) return { agent_id: (await agentInReach(ctx, tx, agent_id)).id, user_id: null }
  if (user_id) return { agent_id: null, user_id: await ownerInReach(ctx, tx, user_id) }
  return { agent_id: null, user_id: ctx.caller.scope === 'own' ? ctx.caller.userId : null }
}

/** A key within reach that still opens something, or would after its expiry was moved; locked until the transaction ends. */
async function usableKey(ctx: Ctx, tx: Tx, id: string): Promise<AccessKeyRow> {
  if (isId(id)) await lockAccessKey(tx, ctx.caller.tenantId, id)
  const row = await keyInReach(ctx, tx, id)
  if (isRevoked(row)) throw new Failure('rule_broken', 'access_key_revoked')
  return row
}

async function keyInReach(ctx: Ctx, db: Reader, id: string): Promise<AccessKeyRow> {
  const row = isId(id) ? await findAccessKey(db, ctx.caller.tenantId, onlyOwner(ctx), id) : undefined
  if (!row) throw notFound('access_key_not_found')
  return row
}

async function keyWritten(tx: Tx, tenantId: string, id: string): Promise<AccessKeyRow> {
  const row = await findAccessKey(tx, tenantId, null, id)
  if (!row) throw new Error('An access key just written is not there')
  return row
}

function secretColumns(mode: 'live' | 'test', secret: Secret) {
  return { secret_hash: hashAccessKey(secret.expose()), key_hint: accessKeyHint(mode, secret) }
}

function settingsOf({ models, allowed_ips, expires_at, tags }: Omit<Input<'change'>['body'], 'name'>) {
  const settings: Pick<Updateable<AccessKeysTable>, 'models' | 'allowed_ips' | 'expires_at' | 'tags'> = {}
  if (models !== undefined) settings.models = models
  if (allowed_ips !== undefined) settings.allowed_ips = allowed_ips
  if (expires_at !== undefined) settings.expires_at = expires_at === null ? null : new Date(expires_at)
  if (tags !== undefined) settings.tags = tags
  return settings
}

/** A key of a retired agent is revoked with it. */
function isRevoked(row: AccessKeyRow): boolean {
  return row.revoked_at !== null || row.agent_status === 'retired'
}

function onlyOwner({ caller }: Ctx): string | null {
  return caller.scope === 'own' ? caller.userId : null
}

function audited({ name, agent_id, user_id, mode, key_hint, models, allowed_ips, tags, expires_at }: AccessKeyRow) {
  return { name, agent_id, user_id, mode, key_hint, models, allowed_ips, tags, expires_at: expires_at?.toISOString() ?? null }
}

function toAccessKey(row: AccessKeyRow, now: Date) {
  const { id, name, agent_id, user_id, mode, key_hint, models, allowed_ips, tags } = row
  const status = isRevoked(row)
    ? ('revoked' as const)
    : row.expires_at && row.expires_at <= now
      ? ('expired' as const)
      : ('active' as const)
  return {
    id,
    name,
    agent_id,
    user_id,
    mode,
    key_hint,
    models,
    allowed_ips,
    tags,
    status,
    expires_at: row.expires_at?.toISOString() ?? null,
    last_used: row.last_used?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at?.toISOString() ?? null,
  }
}
