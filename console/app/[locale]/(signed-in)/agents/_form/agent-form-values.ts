import type { ProviderName } from '#lib/providers.ts'
import type { Agent } from '../agent.ts'

/** No provider or no key of its own, where a list must have a value. */
export const none = 'none'

/** The form as it is typed. */
export type AgentFormValues = { name: string; description: string; provider: ProviderName | typeof none; key_id: string; owner_id: string }

export function emptyValues(meId: string): AgentFormValues {
  return { name: '', description: '', provider: none, key_id: none, owner_id: meId }
}

export function valuesOf({ name, description, provider, key_id, owner_id }: Agent): AgentFormValues {
  return { name, description: description ?? '', provider: provider ?? none, key_id: key_id ?? none, owner_id }
}

/** The body of a new agent. */
export function newAgentBody(values: AgentFormValues) {
  return { ...settingsOf(values), key_id: values.key_id === none ? null : values.key_id, owner_id: values.owner_id }
}

/** What changes about an agent; its key only where another was chosen, since the present one may be out of the person's sight. */
export function agentChangeBody(values: AgentFormValues, before: Agent) {
  const key_id = values.key_id === none ? null : values.key_id
  return { ...settingsOf(values), ...(key_id !== before.key_id && { key_id }) }
}

function settingsOf({ name, description, provider }: AgentFormValues) {
  return { name: name.trim(), description: description.trim() || null, provider: provider === none ? null : provider }
}
