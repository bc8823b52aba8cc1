import type { ProviderKey } from '@llm-manager/contract/provider-keys'
import type * as z from 'zod/mini'
import type { ProviderName } from '../../providers/provider.ts'
import { usdOfNanos } from '../../platform/money.ts'
import { isUsedUp, type Standing } from '../quotas/limits.ts'
import type { ProviderKeyRow } from './provider-keys.store.ts'

export type ShownKey = z.output<typeof ProviderKey>

/** A provider key as the key API says it. */
export function toProviderKey(row: ProviderKeyRow, standing: Standing, now: Date): ShownKey {
  return {
    id: row.id,
    provider: row.provider,
    usage_limit: standing.amount === null ? null : usdOfNanos(standing.amount),
    is_active: row.is_active,
    current_usage: usdOfNanos(standing.posted),
    last_used: row.last_used?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at?.toISOString() ?? null,
    name: row.name,
    key_hint: row.key_hint,
    base_url: row.base_url,
    options: row.options,
    status: statusOf(row, standing, now),
    status_reason: row.status_reason,
    sandbox: row.sandbox,
    weight: row.weight,
    priority: row.priority,
    expires_at: row.expires_at?.toISOString() ?? null,
    validated_at: row.validated_at?.toISOString() ?? null,
  }
}

/** What the audit keeps of a key: all of its settings, and nothing of its secret but the hint. */
export function auditedKey(row: ProviderKeyRow, { amount }: Pick<Standing, 'amount'>): Record<string, unknown> {
  const { provider, name, key_hint, base_url, options, is_active, status, status_reason, sandbox, weight, priority, secret_version } = row
  const usage_limit = amount === null ? null : usdOfNanos(amount)
  return {
    provider,
    name,
    key_hint,
    secret_version,
    base_url,
    options,
    usage_limit,
    is_active,
    status,
    status_reason,
    sandbox,
    weight,
    priority,
    expires_at: row.expires_at?.toISOString() ?? null,
  }
}

/** A provider's name as the key API writes it: the value capitalised (`Openrouter`). */
export function providerTitle(provider: ProviderName): string {
  return provider.charAt(0).toUpperCase() + provider.slice(1)
}

/** What keeps a key from being used goes before what its provider last said of it. */
function statusOf(row: ProviderKeyRow, standing: Standing, now: Date): ShownKey['status'] {
  if (!row.is_active) return 'disabled'
  if (row.expires_at && row.expires_at <= now) return 'expired'
  if (isUsedUp(standing)) return 'limit_reached'
  if (row.status === 'retired') throw new Error('A retired key is never shown')
  return row.status
}
