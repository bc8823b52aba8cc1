import type { agents as Agents } from '@llm-manager/contract/agents'
import type { users as Users } from '@llm-manager/contract/users'
import type { Replied } from '@llm-manager/contract/endpoint'
import type { ProviderKey } from '../_provider-keys/key-kinds.ts'
import type { ProviderName } from '#lib/providers.ts'

export type Agent = Replied<typeof Agents.get>
export type Validation = Replied<typeof Agents.validateKey>
export type ValidationStatus = Validation['model_info']['status']

/** A provider key as far as an agent is concerned: whose it is, besides what it is. */
export type OwnedKey = { type: 'user' | 'system'; key: ProviderKey }

type User = Pick<Replied<typeof Users.get>, 'id' | 'name' | 'status'>

/** The provider keys and people that the person may see. */
export type Known = { meId: string; keys: readonly OwnedKey[]; users: readonly User[] }

/** The key of an agent: none of its own, one that the person may see, or one that they may not. */
export type Binding = { kind: 'automatic' } | ({ kind: 'known' } & OwnedKey) | { kind: 'hidden' }

export function bindingOf({ key_id }: Agent, { keys }: Pick<Known, 'keys'>): Binding {
  if (key_id === null) return { kind: 'automatic' }
  const found = keys.find(({ key }) => key.id === key_id)
  return found ? { kind: 'known', ...found } : { kind: 'hidden' }
}

/** Where the agent's calls go: its own provider, else that of its key; null when the model of each call decides. */
export function providerOf(agent: Agent, known: Pick<Known, 'keys'>): ProviderName | null {
  const binding = bindingOf(agent, known)
  return agent.provider ?? (binding.kind === 'known' ? binding.key.provider : null)
}

/** The keys that an agent may be bound to: of its provider, its owner's own or the system's. */
export function bindableKeys(
  keys: readonly OwnedKey[],
  { provider, isMine }: { provider: ProviderName | null; isMine: boolean },
): readonly OwnedKey[] {
  return keys.filter(({ type, key }) => (type === 'system' || isMine) && (provider === null || key.provider === provider))
}
