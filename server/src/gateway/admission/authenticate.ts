import type { IncomingHttpHeaders } from 'node:http'
import { hashAccessKey } from '../../features/access-keys/access-key-secret.ts'
import { Refused } from '../errors.ts'
import type { AccessKey, Agent, Snapshot } from '../snapshot/snapshot.ts'
import { isListed } from './client-ip.ts'

/** Who calls: an access key with what it belongs to. `ownerId`: the agent's owner or the key's user; null for a key of the tenant itself. */
export type GatewayCaller = { accessKey: AccessKey; agent: Agent | null; ownerId: string | null }

const bearer = /^bearer +(\S+) *$/i

/** The access key that a call presents. Throws when there is none, or when two headers disagree. */
export function credentialOf(headers: IncomingHttpHeaders): string {
  const authorization = headers.authorization === undefined ? undefined : bearer.exec(headers.authorization)?.[1]
  let credential: string | undefined
  for (const given of [authorization, headers['x-api-key'], headers['api-key'], headers['x-goog-api-key']]) {
    if (typeof given !== 'string' || given === '') continue
    if (credential !== undefined && credential !== given)
      throw new Refused('credentials_conflict', 'Two different access keys were sent; send one.')
    credential = given
  }
  if (credential === undefined)
    throw new Refused('credential_missing', 'No access key was sent. Send it as a bearer token, or in x-api-key.')
  return credential
}

/**
 * The caller behind an access key, in the order: it exists, it and all that it belongs to is enabled, it has not expired, the address may
 * use it. Throws a refusal with the first that fails. An unknown, a revoked and a replaced key are told in the same words.
 */
export function authenticate(snapshot: Snapshot, credential: string, ip: () => string, nowMs: number): GatewayCaller {
  const accessKey = snapshot.accessKeys.get(hashAccessKey(credential).toString('latin1'))
  if (!accessKey) throw new Refused('invalid_api_key', 'The access key is not valid.')
  const agent = accessKey.agentId === null ? null : (snapshot.agents.get(accessKey.agentId) ?? inactiveAgent)
  const ownerId = agent ? agent.ownerId : accessKey.userId
  if (!isEnabled(snapshot, accessKey, agent, ownerId))
    throw new Refused('access_disabled', 'The access key belongs to someone who is disabled.')
  if (accessKey.expiresAtMs !== null && accessKey.expiresAtMs <= nowMs) throw new Refused('key_expired', 'The access key has expired.')
  if (accessKey.allowedIps && !isListed(accessKey.allowedIps, ip()))
    throw new Refused('ip_not_allowed', 'The access key may not be used from this address.')
  return { accessKey, agent, ownerId }
}

const inactiveAgent: Agent = { tenantId: '', ownerId: '', provider: null, keyId: null, isActive: false }

function isEnabled(snapshot: Snapshot, key: AccessKey, agent: Agent | null, ownerId: string | null): boolean {
  if (snapshot.tenants.get(key.tenantId)?.isActive !== true) return false
  if (agent && !agent.isActive) return false
  return ownerId === null || snapshot.users.get(ownerId)?.isActive === true
}
