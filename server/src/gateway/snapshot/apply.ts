import { BlockList, isIP } from 'node:net'
import type { ChangedAccessKey } from '../../features/access-keys/access-keys.changes.ts'
import type { ChangedAgent } from '../../features/agents/agents.changes.ts'
import { bookKey, newestFirst } from '../../features/models/in-force/price-book.ts'
import { readCeiling, readPrice } from '../../features/models/in-force/stored-price.ts'
import type { ChangedPrice } from '../../features/models/prices.changes.ts'
import type { ChangedProviderKey } from '../../features/provider-keys/provider-keys.changes.ts'
import type { Account } from '../../features/quotas/leases/accounts.ts'
import { putLimit, removeLimit } from '../../features/quotas/leases/book.ts'
import type { ChangedGroup } from '../../features/groups/groups.changes.ts'
import type { ChangedLimit } from '../../features/quotas/limits.changes.ts'
import type { ChangedTenant } from '../../features/tenants/tenants.changes.ts'
import { readSettings } from '../../features/tenants/tenants.settings.ts'
import type { ChangedUser } from '../../features/users/users.changes.ts'
import type { Secret } from '../../platform/secret.ts'
import type { ProviderKey, Snapshot } from './snapshot.ts'

/** Each of these brings one row into the snapshot, or takes it out; the same row twice is the same as once. */

export function applyTenant(snapshot: Snapshot, row: ChangedTenant): void {
  if (row.is_root) snapshot.rootTenantId = row.id
  if (row.status === 'retired') return void snapshot.tenants.delete(row.id)
  const { ceiling, budgetStatus, outputCapDefault } = readSettings(row.settings)
  snapshot.tenants.set(row.id, {
    isActive: row.status === 'active',
    ceiling: ceiling && readCeiling(ceiling),
    budgetStatus,
    outputCapDefault,
  })
}

export function applyUser(snapshot: Snapshot, row: ChangedUser): void {
  if (row.status === 'retired') snapshot.users.delete(row.id)
  else snapshot.users.set(row.id, { isActive: row.status === 'active' })
}

export function applyAgent(snapshot: Snapshot, row: ChangedAgent): void {
  if (row.status === 'retired') snapshot.agents.delete(row.id)
  else
    snapshot.agents.set(row.id, {
      tenantId: row.tenant_id,
      ownerId: row.owner_id,
      provider: row.provider,
      keyId: row.key_id,
      isActive: row.status === 'active',
    })
}

/** A key with a new secret loses its old one at once. */
export function applyAccessKey(snapshot: Snapshot, row: ChangedAccessKey): void {
  const known = snapshot.accessKeyHashes.get(row.id)
  if (known !== undefined) snapshot.accessKeys.delete(known)
  snapshot.accessKeyHashes.delete(row.id)
  if (row.revoked_at !== null) return
  const hash = row.secret_hash.toString('latin1')
  snapshot.accessKeyHashes.set(row.id, hash)
  snapshot.accessKeys.set(hash, {
    tenantId: row.tenant_id,
    id: row.id,
    agentId: row.agent_id,
    userId: row.user_id,
    isTest: row.mode === 'test',
    models: row.models && new Set(row.models),
    allowedIps: row.allowed_ips && addressList(row.allowed_ips),
    expiresAtMs: row.expires_at?.getTime() ?? null,
  })
}

/** `secret`: the opened secret, null where the key has none, undefined where it could not be opened. */
export function applyProviderKey(snapshot: Snapshot, row: ChangedProviderKey, secret: Secret | null | undefined): void {
  const known = snapshot.providerKeys.get(row.id)
  if (known) removeFrom(snapshot.providerKeysOf, ownerOf(known), known)
  snapshot.providerKeys.delete(row.id)
  if (row.status === 'retired') return
  const { id, tenant_id, kind, user_id, provider, status, is_active, expires_at, sandbox, priority } = row
  const target = secret === undefined ? null : { provider, baseUrl: row.base_url, secret, options: row.options }
  const key: ProviderKey = {
    id,
    tenant_id,
    kind,
    user_id,
    provider,
    status,
    is_active,
    expires_at,
    sandbox,
    priority,
    secretVersion: row.secret_version,
    target,
  }
  snapshot.providerKeys.set(id, key)
  addTo(snapshot.providerKeysOf, ownerOf(key), key)
}

export function applyPrice(snapshot: Snapshot, row: ChangedPrice): void {
  const name = bookKey(row.tenant_id, row.provider, row.model)
  const prices = (snapshot.prices.get(name) ?? []).filter((price) => price.id !== row.id)
  if (row.withdrawn_at === null)
    prices.push({ id: row.id, effectiveFromMs: row.effective_from.getTime(), price: readPrice(row.per_million_nanos) })
  if (prices.length > 0) snapshot.prices.set(name, prices.sort(newestFirst))
  else snapshot.prices.delete(name)
}

/** Which groups a user is in, from the members of each group. */
export function applyGroup(snapshot: Snapshot, row: ChangedGroup): void {
  for (const userId of snapshot.membersOf.get(row.id) ?? []) removeFrom(snapshot.groupsOf, userId, row.id)
  snapshot.membersOf.delete(row.id)
  if (row.status === 'retired') return
  snapshot.membersOf.set(row.id, row.member_ids)
  for (const userId of row.member_ids) addTo(snapshot.groupsOf, userId, row.id)
}

/** Answers the accounts whose room is to be given back, since the limit is another now, or gone. */
export function applyLimit(snapshot: Snapshot, row: ChangedLimit): Account[] {
  if (row.status === 'retired') return removeLimit(snapshot.limits, row.id)
  const changed = putLimit(snapshot.limits, {
    tenantId: row.tenant_id,
    id: row.id,
    subjectType: row.subject_type,
    subjectId: row.subject_id,
    metric: row.metric,
    window: row.window,
    timezone: row.timezone,
    anchor: row.anchor,
    restartedAt: row.restarted_at,
    amount: row.amount,
    isHard: row.hard && row.amount !== null,
    provider: row.provider,
    model: row.model,
  })
  return changed ? [changed] : []
}

/** Addresses and CIDR ranges as the access key lists them. */
export function addressList(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/')
    const family = isIP(address)
    if (family !== 0) list.addSubnet(address, bits === undefined ? (family === 4 ? 32 : 128) : Number(bits), family === 4 ? 'ipv4' : 'ipv6')
  }
  return list
}

function ownerOf(key: ProviderKey): string {
  return `${key.provider} ${key.kind === 'user' ? key.user_id : key.tenant_id}`
}

function addTo<T>(lists: Map<string, T[]>, name: string, item: T): void {
  const list = lists.get(name)
  if (list) list.push(item)
  else lists.set(name, [item])
}

function removeFrom<T>(lists: Map<string, T[]>, name: string, item: T): void {
  const rest = (lists.get(name) ?? []).filter((other) => other !== item)
  if (rest.length > 0) lists.set(name, rest)
  else lists.delete(name)
}
