import type { ProviderName } from '../../providers/provider.ts'
import type { Ctx } from '../../platform/ctx.ts'
import type { Reader } from '../../platform/db.ts'
import { Failure, notFound } from '../../platform/failure.ts'
import { reachableKey, type ReachableKeyRow } from '../provider-keys/ask/stored-keys.ts'

/** The key to bind, as the caller names it; type and provider are checked where they are given. */
export type WishedKey = { key_id: string; type?: 'user' | 'system' | undefined; provider?: ProviderName | undefined }

/**
 * The key that an agent is to be bound to. Throws `not_found` for a key that neither the caller nor the agent's owner may use, `rule_broken`
 * for one of another provider or kind than the agent or the caller says, and for the caller's own key on somebody else's agent.
 */
export async function bindingOf(
  ctx: Ctx,
  db: Reader,
  agent: { owner_id: string; provider: ProviderName | null },
  wish: WishedKey,
): Promise<ReachableKeyRow> {
  const { caller } = ctx
  const key = await reachableKey(db, caller.tenantId, wish.key_id)
  if (!key || (key.kind === 'user' && key.user_id !== agent.owner_id && key.user_id !== caller.userId)) throw notFound('key_not_found')
  if (key.kind === 'user' && key.user_id !== agent.owner_id) throw new Failure('rule_broken', 'agent_owner_changes_key')
  requireSameProvider(agent.provider, key.provider)
  requireSameProvider(wish.provider ?? null, key.provider)
  if (wish.type && wish.type !== key.kind) throw new Failure('rule_broken', 'agent_key_wrong_type')
  return key
}

/** An agent that names a provider is bound to keys of that provider only. */
export function requireSameProvider(wanted: ProviderName | null, provider: ProviderName): void {
  if (wanted && wanted !== provider) throw new Failure('rule_broken', 'agent_key_wrong_provider', { values: { provider } })
}
