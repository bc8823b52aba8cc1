import type { Ctx } from '../../platform/ctx.ts'
import { usdOfNanos } from '../../platform/money.ts'
import { percentUsed } from '../quotas/limits.ts'
import { listProviderKeys, type KeyWithStanding } from './provider-keys.ts'
import { systemKeyTenant } from './system-keys.ts'
import { ownShelf } from './user-keys.ts'

/** What the caller's own keys have been used for, and the system keys of their scope for those who may see them. */
export async function getUsageStats(ctx: Ctx) {
  const { permissions, plan } = ctx.caller
  const own = permissions.has('user_keys:read') ? await listProviderKeys(ctx, ownShelf(ctx)) : []
  const system = permissions.has('system_keys:read') && plan === 'enterprise' ? await systemKeysInScope(ctx) : []
  const total = [...own, ...system].reduce((sum, { standing }) => sum + standing.posted, 0n)
  return { user_keys: own.map(toKeyUsage), system_keys: system.map(toKeyUsage), total_usage: usdOfNanos(total) }
}

async function systemKeysInScope(ctx: Ctx): Promise<KeyWithStanding[]> {
  return await listProviderKeys(ctx, {
    owner: { tenantId: await systemKeyTenant(ctx), kind: 'system', userId: null },
    read: 'system_keys:read',
  })
}

function toKeyUsage({ row, standing }: KeyWithStanding) {
  return {
    provider: row.provider,
    current_usage: usdOfNanos(standing.posted),
    usage_limit: standing.amount === null ? null : usdOfNanos(standing.amount),
    usage_percentage: percentUsed(standing),
    last_used: row.last_used?.toISOString() ?? null,
    is_active: row.is_active,
    key_id: row.id,
    name: row.name,
  }
}
