import type { NewProviderKey, ProviderKeyChange } from '@llm-manager/contract/provider-keys'
import type { Permission } from '@llm-manager/contract/permissions'
import type { Updateable } from 'kysely'
import type * as z from 'zod/mini'
import { allow, change, type Ctx } from '../../platform/ctx.ts'
import type { Tx } from '../../platform/db.ts'
import { notFound } from '../../platform/failure.ts'
import { isId, newId } from '../../platform/ids.ts'
import { nanosOfUsd } from '../../platform/money.ts'
import type { DataKey } from '../../platform/vault/data-key.ts'
import type { KeyTarget } from '../../providers/provider.ts'
import { putLimit, readTotalCosts, type Standing } from '../quotas/limits.ts'
import { admitKey, type KeyWording } from './ask/admit-key.ts'
import { plainBaseUrl, readKeyTarget, wrongField } from './ask/key-target.ts'
import {
  findProviderKeyOf,
  insertProviderKey,
  listProviderKeysOf,
  lockProviderKeyOf,
  updateProviderKey,
  type KeyOwner,
  type ProviderKeyRow,
} from './provider-keys.store.ts'
import type { ProviderKeysTable } from './provider-keys.table.ts'
import { auditedKey, providerTitle } from './provider-keys.view.ts'
import { ensureDataKey } from './secrets/data-keys.ts'
import { sealProviderKeySecret } from './secrets/sealed-secret.ts'

/** The keys an operation is about: whose they are, who may read and write them, and how refusals are worded. */
export type KeyShelf = {
  owner: KeyOwner
  read: Permission
  write: Permission
  wording: KeyWording
  missing: 'system_key_not_found' | 'user_key_not_found'
  subject: 'system_key' | 'user_key'
}

/** A key with how far its limit is used. */
export type KeyWithStanding = { row: ProviderKeyRow; standing: Standing }

/** Takes a key in, after asking its provider; one that is refused, or could not be asked about, leaves nothing behind. */
export async function createProviderKey(ctx: Ctx, shelf: KeyShelf, body: z.output<typeof NewProviderKey>): Promise<KeyWithStanding> {
  allow(ctx, shelf.write)
  const { tenantId, kind, userId } = shelf.owner
  const target = await readKeyTarget(ctx, body)
  const verified = await admitKey(ctx, target, body.validate, shelf.wording.create, { tenantId, subject: shelf.subject, id: null })
  const dataKey = await dataKeyFor(ctx, tenantId, target)
  return await change(ctx, shelf.write, async (tx, audit) => {
    const id = newId()
    const row = await insertProviderKey(tx, tenantId, {
      id,
      kind,
      user_id: userId,
      provider: body.provider,
      name: body.name ?? providerTitle(body.provider),
      is_active: body.is_active ?? true,
      ...settingsOf(body),
      base_url: target.baseUrl,
      ...sealedParts(target, dataKey, { tenantId, id, secretVersion: 1 }),
      ...verified,
      created_at: ctx.now(),
    })
    const amount = body.usage_limit == null ? null : nanosOfUsd(body.usage_limit)
    await putUsageLimit(ctx, tx, row, amount)
    audit({ action: `${shelf.subject}.created`, tenantId, subject: { type: shelf.subject, id }, after: auditedKey(row, { amount }) })
    return { row, standing: { amount, posted: 0n } }
  })
}

/** All keys of the shelf, oldest first. */
export async function listProviderKeys(ctx: Ctx, shelf: Pick<KeyShelf, 'owner' | 'read'>): Promise<KeyWithStanding[]> {
  allow(ctx, shelf.read)
  const { tenantId } = shelf.owner
  const rows = await listProviderKeysOf(ctx.db, tenantId, shelf.owner)
  const standingOf = await readTotalCosts(
    ctx.db,
    tenantId,
    'provider_key',
    rows.map((row) => row.id),
  )
  return rows.map((row) => ({ row, standing: standingOf(row.id) }))
}

export async function getProviderKey(ctx: Ctx, shelf: KeyShelf, id: string): Promise<KeyWithStanding> {
  allow(ctx, shelf.read)
  const row = await keyOnShelf(ctx, shelf, id)
  const standingOf = await readTotalCosts(ctx.db, row.tenant_id, 'provider_key', [row.id])
  return { row, standing: standingOf(row.id) }
}

/**
 * Changes what is named and leaves the rest. A new secret is validated like a new key. Secret, base URL and options that were asked about
 * together are written together, so that no two requests at once can send one person's secret to another's address.
 */
export async function changeProviderKey(
  ctx: Ctx,
  shelf: KeyShelf,
  id: string,
  body: z.output<typeof ProviderKeyChange>,
): Promise<KeyWithStanding> {
  allow(ctx, shelf.write)
  const { tenantId } = shelf.owner
  const found = await keyOnShelf(ctx, shelf, id)
  const moved = isMoved(ctx, found, body)
  const given = body.api_key !== undefined || moved ? asGiven(found, body) : null
  const target = given ? await readKeyTarget(ctx, given) : null
  const verified = target ? await admitKey(ctx, target, body.validate, shelf.wording.update, { tenantId, subject: shelf.subject, id }) : {}
  const dataKey = target ? await dataKeyFor(ctx, tenantId, target) : null
  return await change(ctx, shelf.write, async (tx, audit) => {
    const before = await lockProviderKeyOf(tx, tenantId, shelf.owner, id)
    if (!before) throw notFound(shelf.missing)
    isMoved(ctx, before, body)
    const standing = (await readTotalCosts(tx, tenantId, 'provider_key', [id]))(id)
    const amount = body.usage_limit === undefined ? standing.amount : body.usage_limit === null ? null : nanosOfUsd(body.usage_limit)
    const named: Updateable<ProviderKeysTable> = { ...settingsOf(body), ...verified, updated_at: ctx.now() }
    if (body.name !== undefined) named.name = body.name
    if (body.is_active !== undefined) named.is_active = body.is_active
    if (target && given) Object.assign(named, { base_url: target.baseUrl, options: given.options })
    if (target?.secret) Object.assign(named, sealedParts(target, dataKey, { tenantId, id, secretVersion: before.secret_version + 1 }))
    const row = await updateProviderKey(tx, tenantId, id, named)
    if (amount !== standing.amount) await putUsageLimit(ctx, tx, row, amount)
    audit({
      action: `${shelf.subject}.changed`,
      tenantId,
      subject: { type: shelf.subject, id },
      before: auditedKey(before, standing),
      after: auditedKey(row, { amount }),
    })
    return { row, standing: { ...standing, amount } }
  })
}

/** Retires a key: its secret is destroyed, its usage stays. */
export async function removeProviderKey(ctx: Ctx, shelf: KeyShelf, id: string): Promise<void> {
  const { tenantId } = shelf.owner
  await change(ctx, shelf.write, async (tx, audit) => {
    const before = isId(id) ? await lockProviderKeyOf(tx, tenantId, shelf.owner, id) : undefined
    if (!before) throw notFound(shelf.missing)
    await updateProviderKey(tx, tenantId, id, {
      status: 'retired',
      status_reason: null,
      sealed_secret: null,
      is_active: false,
      updated_at: ctx.now(),
    })
    const standingOf = await readTotalCosts(tx, tenantId, 'provider_key', [id])
    audit({
      action: `${shelf.subject}.retired`,
      tenantId,
      subject: { type: shelf.subject, id },
      before: auditedKey(before, standingOf(id)),
    })
  })
}

async function keyOnShelf(ctx: Ctx, shelf: KeyShelf, id: string): Promise<ProviderKeyRow> {
  const row = isId(id) ? await findProviderKeyOf(ctx.db, shelf.owner.tenantId, shelf.owner, id) : undefined
  if (!row) throw notFound(shelf.missing)
  return row
}

/** Whether the change sends the key elsewhere; a stored secret does not go along unseen, it has to be given again. */
function isMoved(ctx: Ctx, row: ProviderKeyRow, body: z.output<typeof ProviderKeyChange>): boolean {
  if (body.base_url === undefined) return false
  const moved = (body.base_url && plainBaseUrl(body.base_url)) !== row.base_url
  if (moved && row.sealed_secret && body.api_key === undefined) throw wrongField(ctx, 'base_url', 'reason_base_url_needs_secret')
  return moved
}

/** The key as it will be, for its provider to judge. */
function asGiven(row: ProviderKeyRow, { api_key, base_url, options }: z.output<typeof ProviderKeyChange>) {
  return { provider: row.provider, api_key, base_url: base_url === undefined ? row.base_url : base_url, options: options ?? row.options }
}

function settingsOf({ options, expires_at, sandbox, weight, priority }: z.output<typeof ProviderKeyChange>) {
  const settings: Pick<Updateable<ProviderKeysTable>, 'options' | 'expires_at' | 'sandbox' | 'weight' | 'priority'> = {}
  if (options !== undefined) settings.options = options
  if (expires_at !== undefined) settings.expires_at = expires_at === null ? null : new Date(expires_at)
  if (sandbox !== undefined) settings.sandbox = sandbox
  if (weight !== undefined) settings.weight = weight
  if (priority !== undefined) settings.priority = priority
  return settings
}

/** The columns that belong to one secret. A key without a secret (Ollama) has version 0 of a data key, which there is none of. */
function sealedParts(target: KeyTarget, dataKey: DataKey | null, place: { tenantId: string; id: string; secretVersion: number }) {
  const sealed = target.secret && dataKey ? sealProviderKeySecret(dataKey, place, target.secret) : null
  return {
    sealed_secret: sealed,
    data_key_version: sealed && dataKey ? dataKey.version : 0,
    secret_version: place.secretVersion,
    key_hint: target.secret?.hint() ?? '',
  }
}

async function dataKeyFor(ctx: Ctx, tenantId: string, target: KeyTarget): Promise<DataKey | null> {
  return target.secret ? await ensureDataKey(ctx.db, ctx.keyring, tenantId, ctx.now()) : null
}

async function putUsageLimit(ctx: Ctx, tx: Tx, row: ProviderKeyRow, amount: bigint | null): Promise<void> {
  await putLimit(
    tx,
    { tenantId: row.tenant_id, subjectType: 'provider_key', subjectId: row.id, metric: 'cost', window: 'total', amount },
    ctx.now(),
  )
}
