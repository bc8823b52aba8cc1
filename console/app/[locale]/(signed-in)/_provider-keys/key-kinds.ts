import type { Replied } from '@llm-manager/contract/endpoint'
import { systemKeys } from '@llm-manager/contract/system-keys'
import { userKeys } from '@llm-manager/contract/user-keys'
import type { Permission } from '@llm-manager/contract/permissions'

export type ProviderKey = Replied<typeof systemKeys.get>
export type KeyStatus = ProviderKey['status']

/** System keys and a person's own keys are the same thing for different people: one page, two sets of endpoints. */
export const keyKinds = {
  system: { endpoints: systemKeys, messages: 'systemKeys', write: 'system_keys:write' },
  user: { endpoints: userKeys, messages: 'myKeys', write: 'user_keys:write' },
} as const satisfies Record<string, { endpoints: typeof systemKeys | typeof userKeys; messages: string; write: Permission }>

export type KeyKind = keyof typeof keyKinds
