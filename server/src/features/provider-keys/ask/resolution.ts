import type { ProviderName } from '../../../providers/provider.ts'
import type { ProviderKeysTable } from '../provider-keys.table.ts'

/** A key as far as choosing one needs it. */
export type Candidate = Pick<
  ProviderKeysTable,
  'id' | 'tenant_id' | 'kind' | 'user_id' | 'provider' | 'status' | 'is_active' | 'expires_at'
> & { sandbox: boolean; priority: number }

/** Who needs a key, and for what. `ownerId` is the agent's owner or the access key's user; null for a service of the tenant. */
export type Need = {
  provider: ProviderName
  tenantId: string
  rootTenantId: string
  ownerId: string | null
  boundKeyId: string | null
  /** Whether a sandbox key is wanted; live calls never use one, sandbox calls nothing else. */
  sandbox: boolean
  now: Date
}

export type Resolution<C> = { via: 'bound' | 'owner' | 'tenant' | 'installation'; keys: C[] }

/**
 * The keys that may serve, best first: the bound key of the provider; else the owner's active keys, else the tenant's system keys, else the
 * installation's. Only absence falls through, never exhaustion: a key whose limit is reached, and a bound key in whatever state, stay the
 * answer, and it is for the caller to refuse. Null when there is none. Within one step the lowest priority number goes first, then the oldest.
 */
export function resolveProviderKeys<C extends Candidate>(candidates: readonly C[], need: Need): Resolution<C> | null {
  const ofProvider = candidates.filter((key) => key.provider === need.provider && key.status !== 'retired')
  const bound = ofProvider.find((key) => key.id === need.boundKeyId)
  if (bound) return { via: 'bound', keys: [bound] }
  const active = ofProvider.filter((key) => isActiveKey(key, need.now) && key.sandbox === need.sandbox)
  const system = (tenantId: string) => active.filter((key) => key.kind === 'system' && key.tenant_id === tenantId)
  const steps: Resolution<C>[] = [
    {
      via: 'owner',
      keys:
        need.ownerId === null
          ? []
          : active.filter((key) => key.kind === 'user' && key.tenant_id === need.tenantId && key.user_id === need.ownerId),
    },
    { via: 'tenant', keys: system(need.tenantId) },
    { via: 'installation', keys: system(need.rootTenantId) },
  ]
  const found = steps.find((step) => step.keys.length > 0)
  return found ? { via: found.via, keys: found.keys.toSorted(byPriority) } : null
}

/** Whether a key is there to be used: switched on, not retired, not expired, not known to be refused by its provider. */
export function isActiveKey(key: Pick<Candidate, 'is_active' | 'status' | 'expires_at'>, now: Date): boolean {
  return key.is_active && key.status !== 'retired' && key.status !== 'invalid' && (key.expires_at === null || key.expires_at > now)
}

/** Ids sort by time. */
function byPriority(a: Candidate, b: Candidate): number {
  return a.priority - b.priority || (a.id < b.id ? -1 : 1)
}
