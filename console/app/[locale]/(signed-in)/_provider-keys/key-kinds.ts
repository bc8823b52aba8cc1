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
