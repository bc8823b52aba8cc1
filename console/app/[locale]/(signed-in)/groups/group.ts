import type { Replied } from '@llm-manager/contract/endpoint'
import type { groups as Groups } from '@llm-manager/contract/groups'

export type Group = Replied<typeof Groups.get>
export type Member = Replied<typeof Groups.members>['items'][number]

/** What a person may do to groups; null where they may only look. */
export type GroupActions = { rename: (group: Group) => void; retire: (group: Group) => void }

/** How many limits each thing has, by its id. */
export function countBySubject(quotas: readonly { subject_id: string }[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { subject_id } of quotas) counts.set(subject_id, (counts.get(subject_id) ?? 0) + 1)
  return counts
}
