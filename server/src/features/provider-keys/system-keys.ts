import type { systemKeys } from '@llm-manager/contract/system-keys'
import type { Received } from '@llm-manager/contract/endpoint'
import { say } from '../../messages/messages.ts'
import type { Ctx } from '../../platform/ctx.ts'
import { Failure } from '../../platform/failure.ts'
import { ensureRootTenant } from '../tenants/tenants.ts'
import {
  changeProviderKey,
  createProviderKey,
  getProviderKey,
  listProviderKeys,
  removeProviderKey,
  type KeyShelf,
  type KeyWithStanding,
} from './provider-keys.ts'
import { toProviderKey, type ShownKey } from './provider-keys.view.ts'

type Input<K extends keyof typeof systemKeys> = Received<(typeof systemKeys)[K]>

/** Creates a key that serves the installation (by a platform administrator) or the caller's tenant. */
export async function createSystemKey(ctx: Ctx, { body }: Input<'create'>) {
  return shown(ctx, await createProviderKey(ctx, await systemShelf(ctx), body))
}

export async function listSystemKeys(ctx: Ctx) {
  const keys = await listProviderKeys(ctx, await systemShelf(ctx))
  return keys.map((key) => shown(ctx, key))
}

export async function getSystemKey(ctx: Ctx, { params }: Input<'get'>) {
  return shown(ctx, await getProviderKey(ctx, await systemShelf(ctx), params.id))
}

export async function changeSystemKey(ctx: Ctx, { params, body }: Input<'change'>) {
  return shown(ctx, await changeProviderKey(ctx, await systemShelf(ctx), params.id, body))
}

export async function removeSystemKey(ctx: Ctx, { params }: Input<'remove'>) {
  await removeProviderKey(ctx, await systemShelf(ctx), params.id)
  return { message: say(ctx.request.locale, 'key_removed') }
}

/**
 * The system keys within the caller's scope: the installation's for a platform administrator, else the tenant's.
 * Throws `plan_required` for every plan but enterprise, whatever the role.
 */
async function systemShelf(ctx: Ctx): Promise<KeyShelf> {
  const { caller } = ctx
  if (caller.plan !== 'enterprise') throw new Failure('plan_required', 'plan_required')
  return {
    owner: { tenantId: await systemKeyTenant(ctx), kind: 'system', userId: null },
    read: 'system_keys:read',
    write: 'system_keys:write',
    wording: { create: 'system_key_create_failed', update: 'system_key_update_failed' },
    missing: 'system_key_not_found',
    subject: 'system_key',
  }
}

/** The tenant whose system keys the caller sees: the root tenant owns what serves the whole installation. */
export async function systemKeyTenant({ caller, db, now }: Ctx): Promise<string> {
  if (!caller.roles.includes('platform_admin') || caller.inRootTenant) return caller.tenantId
  return (await ensureRootTenant(db, now())).id
}

function shown(ctx: Ctx, { row, standing }: KeyWithStanding): ShownKey {
  return toProviderKey(row, standing, ctx.now())
}
