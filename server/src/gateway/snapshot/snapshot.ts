import type { BlockList } from 'node:net'
import type { Candidate } from '../../features/provider-keys/ask/resolution.ts'
import type { SetPrice } from '../../features/models/in-force/price-book.ts'
import type { PriceInForce } from '../../features/models/in-force/stored-price.ts'
import { cataloguePrice } from '../../features/models/prices.catalogue.ts'
import { accountsFor, emptyBook, type Book } from '../../features/quotas/leases/book.ts'
import type { Account } from '../../features/quotas/leases/accounts.ts'
import type { KeyTarget, ProviderName } from '../../providers/provider.ts'

export type Agent = { tenantId: string; ownerId: string; provider: ProviderName | null; keyId: string | null; isActive: boolean }

export type AccessKey = {
  tenantId: string
  id: string
  agentId: string | null
  userId: string | null
  isTest: boolean
  models: ReadonlySet<string> | null
  allowedIps: BlockList | null
  expiresAtMs: number | null
}

/** A provider key, opened. `target` is null when its secret could not be opened: then it serves nobody, and says so. */
export type ProviderKey = Candidate & { secretVersion: number; target: KeyTarget | null }

/** `ceiling`: what calls on its keys cost when nobody knows their price; null refuses them. Else as `TenantSettings` says. */
export type Tenant = { isActive: boolean; ceiling: PriceInForce | null; budgetStatus: 402 | 429; outputCapDefault: number | null }

/**
 * All that admission needs, in memory: no SQL on the way of an allowed call. Only what is alive is in it; keys are ids unless said.
 * `revision` goes up with every change that is applied.
 */
export type Snapshot = {
  revision: number
  rootTenantId: string
  tenants: Map<string, Tenant>
  users: Map<string, { isActive: boolean }>
  agents: Map<string, Agent>
  /** By the SHA-256 of the secret, as latin1 text. */
  accessKeys: Map<string, AccessKey>
  accessKeyHashes: Map<string, string>
  providerKeys: Map<string, ProviderKey>
  /** By provider and whose they are: the user's id for user keys, the tenant's for system keys. */
  providerKeysOf: Map<string, ProviderKey[]>
  /** By `bookKey`, newest first. */
  prices: Map<string, SetPrice[]>
  /** Groups by user, and users by group. */
  groupsOf: Map<string, string[]>
  membersOf: Map<string, readonly string[]>
  /** Every limit, with what this process may still spend of it. */
  limits: Book
}

export function emptySnapshot(): Snapshot {
  return {
    revision: 0,
    rootTenantId: '',
    tenants: new Map(),
    users: new Map(),
    agents: new Map(),
    accessKeys: new Map(),
    accessKeyHashes: new Map(),
    providerKeys: new Map(),
    providerKeysOf: new Map(),
    prices: new Map(),
    groupsOf: new Map(),
    membersOf: new Map(),
    limits: emptyBook(),
  }
}

const none: readonly never[] = []

/** Who and what a call is on account of. */
export type Scope = { tenantId: string; ownerId: string | null; agentId: string | null; accessKeyId: string; providerKeyId: string }

/** The accounts of every limit that a call touches: of its access key, agent, owner, the owner's groups, tenant, and provider key. */
export function accountsOf(
  snapshot: Snapshot,
  scope: Scope,
  { provider, model, isDeployment }: { provider: ProviderName; model: string; isDeployment: boolean },
  at: Date,
): Account[] {
  const { tenantId, ownerId, agentId, accessKeyId, providerKeyId } = scope
  const groups = ownerId === null ? none : (snapshot.groupsOf.get(ownerId) ?? none)
  // The name of a deployment tells nothing of its model.
  const known = isDeployment ? null : cataloguePrice(provider, model, at)
  const served = { provider, model, family: known?.exact ? known.modelId : null }
  return accountsFor(snapshot.limits, [accessKeyId, agentId, ownerId, ...groups, tenantId, providerKeyId], served, at)
}

/** Every key of a provider that could serve this owner in this tenant, in no order. */
export function providerKeysFor(snapshot: Snapshot, provider: ProviderName, tenantId: string, ownerId: string | null): ProviderKey[] {
  const own = ownerId === null ? none : (snapshot.providerKeysOf.get(`${provider} ${ownerId}`) ?? none)
  const system = snapshot.providerKeysOf.get(`${provider} ${tenantId}`) ?? none
  const installation =
    tenantId === snapshot.rootTenantId ? none : (snapshot.providerKeysOf.get(`${provider} ${snapshot.rootTenantId}`) ?? none)
  return [...own, ...system, ...installation]
}
