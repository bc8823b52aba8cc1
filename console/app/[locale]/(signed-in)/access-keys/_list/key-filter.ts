import { belongingOf, forMe, forService, tagText } from '../access-key.ts'
import type { AccessKey, AccessKeyStatus, Known } from '../access-key.ts'

/** What a list of access keys is narrowed to; null leaves nothing out. */
export type KeyFilter = { belongs: string | null; status: AccessKeyStatus | null }

/** The keys that a filter lets through: those that work first, each kind newest first. */
export function filterKeys(keys: readonly AccessKey[], { belongs, status }: KeyFilter, meId: string): readonly AccessKey[] {
  const shown = keys.filter((key) => (status === null || key.status === status) && (belongs === null || belongsTo(key, belongs, meId)))
  return shown.toSorted((a, b) => rank[a.status] - rank[b.status] || b.created_at.localeCompare(a.created_at))
}

const rank: Record<AccessKeyStatus, number> = { active: 0, expired: 1, revoked: 2 }

function belongsTo({ agent_id, user_id }: AccessKey, belongs: string, meId: string): boolean {
  if (belongs === forMe) return agent_id === null && user_id === meId
  if (belongs === forService) return agent_id === null && user_id === null
  return agent_id === belongs
}

/** What a key is found by when it is searched for. */
export function wordsOf(key: AccessKey, known: Known): (string | null)[] {
  const belonging = belongingOf(key, known)
  const owner = 'name' in belonging ? belonging.name : null
  return [key.name, key.key_hint, owner, ...(key.models ?? []), ...Object.entries(key.tags).map(tagText)]
}
