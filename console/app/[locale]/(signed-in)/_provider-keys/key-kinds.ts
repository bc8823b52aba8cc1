import type { Replied } from '@llm-manager/contract/endpoint'
import type { Permission } from '@llm-manager/contract/permissions'
import type { systemKeys as SystemKeys } from '@llm-manager/contract/system-keys'
import { systemKeys, userKeys } from '#lib/api/endpoints.ts'

export type ProviderKey = Replied<typeof SystemKeys.get>
export type KeyStatus = ProviderKey['status']

/** System keys and a person's own keys are the same thing for different people: one page, two sets of endpoints. */
export const keyKinds: Record<KeyKind, { endpoints: typeof systemKeys; messages: 'systemKeys' | 'myKeys'; write: Permission }> = {
  system: { endpoints: systemKeys, messages: 'systemKeys', write: 'system_keys:write' },
  user: { endpoints: userKeys, messages: 'myKeys', write: 'user_keys:write' },
}

export type KeyKind = 'system' | 'user'

/** Why a key that its provider knows is not wholly fit for use, where the provider said so. */
const standings = ['no_credit', 'throttled', 'restricted'] as const
export type Standing = (typeof standings)[number]

/** The reason of a key's state, when it is one that the console has words for. */
export function standingOf({ status, status_reason }: Pick<ProviderKey, 'status' | 'status_reason'>): Standing | null {
  return status === 'degraded' ? (standings.find((standing) => standing === status_reason) ?? null) : null
}
