import type { accessKeys as AccessKeys } from '@llm-manager/contract/access-keys'
import type { agents as Agents } from '@llm-manager/contract/agents'
import type { Replied } from '@llm-manager/contract/endpoint'

export type AccessKey = Replied<typeof AccessKeys.get>
/** With its secret: only where it was just made. */
export type MadeAccessKey = Replied<typeof AccessKeys.create>
export type AccessKeyStatus = AccessKey['status']
export type Agent = Replied<typeof Agents.get>

export const accessKeyStatuses: readonly AccessKeyStatus[] = ['active', 'expired', 'revoked']

/** Whose a key is, as it stands in links, filters and the form: an agent by its id, the person, or the tenant itself. */
export const forMe = 'me'
export const forService = 'service'

/** Whose a key is. A retired agent is no longer known by name. */
export type Belonging =
  | { kind: 'agent'; id: string; name: string | null }
  | { kind: 'me' }
  | { kind: 'user'; name: string | null }
  | { kind: 'service' }

/** Those a key may belong to, as far as the person may see them. */
export type Known = { meId: string; agents: readonly { id: string; name: string }[]; users: readonly { id: string; name: string }[] }

export function belongingOf({ agent_id, user_id }: Pick<AccessKey, 'agent_id' | 'user_id'>, { meId, agents, users }: Known): Belonging {
  if (agent_id) return { kind: 'agent', id: agent_id, name: agents.find(({ id }) => id === agent_id)?.name ?? null }
  if (user_id === meId) return { kind: 'me' }
  if (user_id) return { kind: 'user', name: users.find(({ id }) => id === user_id)?.name ?? null }
  return { kind: 'service' }
}

/** A tag as it is typed and shown: `name=value`, or its name alone. */
export function tagText([name, value]: [name: string, value: string]): string {
  return value ? `${name}=${value}` : name
}
