import type { userKeys } from '@llm-manager/contract/user-keys'
import type { Received } from '@llm-manager/contract/endpoint'
import { say } from '../../messages/messages.ts'
import type { Ctx } from '../../platform/ctx.ts'
import {
  changeProviderKey,
  createProviderKey,
  getProviderKey,
  listProviderKeys,
  removeProviderKey,
  type KeyShelf,
  type KeyWithStanding,
} from './provider-keys.ts'
import { toProviderKey } from './provider-keys.view.ts'

type Input<K extends keyof typeof userKeys> = Received<(typeof userKeys)[K]>

export async function createUserKey(ctx: Ctx, { body }: Input<'create'>) {
  return shown(ctx, await createProviderKey(ctx, ownShelf(ctx), body))
}

export async function listUserKeys(ctx: Ctx) {
  const keys = await listProviderKeys(ctx, ownShelf(ctx))
  return keys.map((key) => shown(ctx, key))
}

export async function getUserKey(ctx: Ctx, { params }: Input<'get'>) {
  return shown(ctx, await getProviderKey(ctx, ownShelf(ctx), params.id))
}

export async function changeUserKey(ctx: Ctx, { params, body }: Input<'change'>) {
  return shown(ctx, await changeProviderKey(ctx, ownShelf(ctx), params.id, body))
}

export async function removeUserKey(ctx: Ctx, { params }: Input<'remove'>) {
  await removeProviderKey(ctx, ownShelf(ctx), params.id)
  return { message: say(ctx.request.locale, 'key_removed') }
}

/** The caller's own keys; nobody reaches anyone else's here, whatever their role. */
export function ownShelf({ caller }: Ctx): KeyShelf {
  return {
    owner: { tenantId: caller.tenantId, kind: 'user', userId: caller.userId },
    read: 'user_keys:read',
    write: 'user_keys:write',
    wording: { create: 'user_key_create_failed', update: 'user_key_update_failed' },
    missing: 'user_key_not_found',
    subject: 'user_key',
  }
}

function shown(ctx: Ctx, { row, standing }: KeyWithStanding) {
  return { ...toProviderKey(row, standing, ctx.now()), user_id: ctx.caller.userId }
}
