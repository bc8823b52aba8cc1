import type { Ctx } from '../../../platform/ctx.ts'
import type { Reader } from '../../../platform/db.ts'
import { isId } from '../../../platform/ids.ts'
import type { KeyTarget, ProviderName } from '../../../providers/provider.ts'
import { findProviderKeyFor, listProviderKeysFor, type ReachableKeyRow } from '../provider-keys.store.ts'
import { readProviderKeySecret } from '../secrets/sealed-secret.ts'
import { askProvider, toValidation, type Validation } from './ask-provider.ts'

export type { ReachableKeyRow } from '../provider-keys.store.ts'

/** One key that a tenant's agents could be bound to: any of the tenant, or a system key of the installation; none that is retired. */
export async function reachableKey(db: Reader, tenantId: string, id: string): Promise<ReachableKeyRow | undefined> {
  return isId(id) ? await findProviderKeyFor(db, tenantId, id) : undefined
}

/** The candidates for `resolveProviderKeys`: every key of the provider that could serve this owner. */
export async function candidateKeys(db: Reader, tenantId: string, ownerId: string, provider: ProviderName): Promise<ReachableKeyRow[]> {
  return await listProviderKeysFor(db, tenantId, ownerId, provider)
}

/** Asks the provider about a stored key as it stands. */
export async function validateStoredKey(ctx: Ctx, row: ReachableKeyRow): Promise<Validation> {
  const secret = await readProviderKeySecret(ctx.db, ctx.keyring, row)
  const target: KeyTarget = { provider: row.provider, baseUrl: row.base_url, secret, options: row.options }
  return toValidation(ctx, target, await askProvider(ctx, target))
}
