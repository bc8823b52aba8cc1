import type { BlockList } from 'node:net'
import type { Candidate } from '../../features/provider-keys/ask/resolution.ts'
import type { Price } from '../../features/models/prices.rate.ts'
import type { Counter } from '../../features/quotas/counters.ts'
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

/** A price that someone set, from an instant on. */
export type SetPrice = { id: string; effectiveFromMs: number; price: Price }

/**
 * All that admission needs, in memory: no SQL on the way of an allowed call. Only what is alive is in it; keys are ids unless said.
 * `revision` goes up with every change that is applied.
 */
export type Snapshot = {
  revision: number
  rootTenantId: string
  tenants: Map<string, { isActive: boolean }>
  users: Map<string, { isActive: boolean }>
  agents: Map<string, Agent>
  /** By the SHA-256 of the secret, as latin1 text. */
  accessKeys: Map<string, AccessKey>
  accessKeyHashes: Map<string, string>
  providerKeys: Map<string, ProviderKey>
  /** By provider and whose they are: the user's id for user keys, the tenant's for system keys. */
  providerKeysOf: Map<string, ProviderKey[]>
  /** By tenant, provider and model; newest first. */
  prices: Map<string, SetPrice[]>
  /** By limit. */
  counters: Map<string, Counter>
  /** By the limit's subject. */
  countersOf: Map<string, Counter[]>
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
    counters: new Map(),
    countersOf: new Map(),
  }
}

const none: readonly never[] = []

/** The counters of every limit in the scope of a call: on each of these subjects. */
export function countersOfAll(snapshot: Snapshot, subjectIds: readonly (string | null)[]): Counter[] {
  const counters: Counter[] = []
  for (const id of subjectIds) if (id !== null) for (const counter of snapshot.countersOf.get(id) ?? none) counters.push(counter)
  return counters
}

/** Every key of a provider that could serve this owner in this tenant, in no order. */
export function providerKeysFor(snapshot: Snapshot, provider: ProviderName, tenantId: string, ownerId: string | null): ProviderKey[] {
  const own = ownerId === null ? none : (snapshot.providerKeysOf.get(`${provider} ${ownerId}`) ?? none)
  const system = snapshot.providerKeysOf.get(`${provider} ${tenantId}`) ?? none
  const installation =
    tenantId === snapshot.rootTenantId ? none : (snapshot.providerKeysOf.get(`${provider} ${snapshot.rootTenantId}`) ?? none)
  return [...own, ...system, ...installation]
}

/** The price that a tenant, else the installation, has set for a model at an instant; null where nobody has. */
export function setPriceOf(snapshot: Snapshot, tenantId: string, provider: ProviderName, model: string, atMs: number): SetPrice | null {
  return (
    effective(snapshot.prices.get(`${tenantId} ${provider} ${model}`), atMs) ??
    effective(snapshot.prices.get(`${snapshot.rootTenantId} ${provider} ${model}`), atMs)
  )
}

function effective(prices: readonly SetPrice[] | undefined, atMs: number): SetPrice | null {
  return prices?.find((price) => price.effectiveFromMs <= atMs) ?? null
}
