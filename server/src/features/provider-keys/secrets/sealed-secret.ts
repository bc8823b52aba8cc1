import type { Secret } from '../../../platform/secret.ts'
import type { DataKey } from '../../../platform/vault/data-key.ts'
import type { Keyring } from '../../../platform/vault/keyring.ts'
import { open, seal, type SealedPlace } from '../../../platform/vault/seal.ts'
import { readDataKey } from './data-keys.ts'
import type { Reader } from '../../../platform/db.ts'

/** The place of a provider key's secret; `secret_version` counts how often it was replaced. */
export type SecretRow = { tenant_id: string; id: string; secret_version: number; sealed_secret: Buffer | null }

/** Seals a provider's secret for one row and one version of it. */
export function sealProviderKeySecret(
  dataKey: DataKey,
  place: { tenantId: string; id: string; secretVersion: number },
  secret: Secret,
): Buffer {
  return seal(dataKey, placeOf(place.tenantId, place.id, place.secretVersion), secret)
}

/** The secret of a provider key; null where none is kept (Ollama without a key, a retired key). Throws `SealBroken` when it was tampered with. */
export function openProviderKeySecret(dataKey: DataKey, row: SecretRow): Secret | null {
  return row.sealed_secret ? open(dataKey, placeOf(row.tenant_id, row.id, row.secret_version), row.sealed_secret) : null
}

/** The same, with the data key it was sealed under read where it is not yet open. */
export async function readProviderKeySecret(
  db: Reader,
  keyring: Keyring,
  row: SecretRow & { data_key_version: number },
): Promise<Secret | null> {
  if (!row.sealed_secret) return null
  return openProviderKeySecret(await readDataKey(db, keyring, row.tenant_id, row.data_key_version), row)
}

function placeOf(tenantId: string, rowId: string, rowVersion: number): SealedPlace {
  return { tenantId, table: 'provider_keys', rowId, column: 'sealed_secret', rowVersion }
}
