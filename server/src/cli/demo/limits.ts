import { addGroupMember } from '../../features/groups/members.ts'
import { createGroup } from '../../features/groups/groups.ts'
import { createQuota } from '../../features/quotas/manage/quotas.ts'
import { windowOf } from '../../features/quotas/windows.ts'
import type { HeldLimit } from '../../features/usage/events.record.ts'
import type { Ctx } from '../../platform/ctx.ts'
import type { DemoTenant } from './cast.ts'
import type { DemoCaller } from './seed.ts'

type Quota = Awaited<ReturnType<typeof createQuota>>

/** A limit that was set for the demonstration, and which callers of its tenant it measures. */
export type DemoLimit = { quota: Quota; covers: (caller: DemoCaller) => boolean }

/** What a call has used, by the metric of a limit; text, as events carry it. */
export type Reserved = Record<Quota['metric'], string>

const timezone = 'America/Sao_Paulo'
const nothing = { params: undefined, query: undefined }

/** One limit of each sort, as a tenant's administrator would set them; dollars by the month, tokens by the day, calls by the minute. */
export async function seedLimits(
  admin: Ctx,
  { limits }: DemoTenant,
  callers: readonly DemoCaller[],
  userIdOf: (email: string) => string,
): Promise<DemoLimit[]> {
  const set = (
    subject_type: Quota['subject_type'],
    subject_id: string,
    more: Pick<Quota, 'metric' | 'amount' | 'window'> & { hard?: boolean },
  ) => createQuota(admin, { ...nothing, body: { subject_type, subject_id, timezone, hard: true, thresholds: [0.5, 0.8, 1], ...more } })
  const [first] = callers
  if (!first) throw new Error('A tenant of the demonstration has an agent')
  const group = await createGroup(admin, { ...nothing, body: { name: limits.group.name } })
  const members = limits.group.members.map(userIdOf)
  for (const user_id of members) await addGroupMember(admin, { params: { id: group.id }, query: undefined, body: { user_id } })
  const made: DemoLimit[] = [
    {
      quota: await set('tenant', admin.caller.tenantId, { metric: 'cost', amount: limits.usdPerMonth, window: 'month' }),
      covers: () => true,
    },
    {
      quota: await set('group', group.id, { metric: 'cost', amount: limits.group.usdPerMonth, window: 'month', hard: false }),
      covers: ({ ownerId }) => members.includes(ownerId),
    },
    {
      quota: await set('agent', first.agentId, { metric: 'tokens', amount: limits.tokensPerDay, window: 'day' }),
      covers: ({ agentId }) => agentId === first.agentId,
    },
    {
      quota: await set('access_key', first.accessKeyId, { metric: 'requests', amount: limits.requestsPerMinute, window: 'minute' }),
      covers: ({ agentId }) => agentId === first.agentId,
    },
    {
      quota: await set('tenant', admin.caller.tenantId, { metric: 'parallel', amount: limits.callsAtOnce, window: 'total' }),
      covers: () => true,
    },
  ]
  return made
}

/** The limits that a call at an instant is admitted under, each in its window of that instant. */
export function heldLimits(limits: readonly DemoLimit[], caller: DemoCaller, at: Date, reserved: Reserved): HeldLimit[] {
  return limits
    .filter(({ quota, covers }) => quota.tenant_id === caller.tenantId && covers(caller))
    .map(({ quota: { tenant_id, id, metric, window, timezone } }) => ({
      tenant_id,
      limit_id: id,
      window_start: windowOf({ metric, window, timezone, anchor: null, restartedAt: null }, at).start.toISOString(),
      metric,
      reserved: reserved[metric],
    }))
}
