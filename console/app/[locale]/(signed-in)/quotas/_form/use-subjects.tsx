'use client'

import { accessKeys, agents, groups, systemKeys, userKeys, users } from '#lib/api/endpoints.ts'
import { useApiQuery } from '#lib/api/use-api.ts'
import { providerLabel } from '#lib/providers.ts'
import { useMe } from '#lib/session/me-context.tsx'
import type { Choice } from '#ui/choose/combobox.tsx'
import { useWholeList } from '../../_parts/whole-list.ts'
import { SubjectIcon } from '../../_quotas/quota-subject.tsx'
import type { SubjectType } from '../../_quotas/quota.ts'
import type { Tenant } from '../_list/use-known.ts'

/** Something that can be limited. `tenantId` where it is known: of another tenant the limit is set from above. */
export type Subject = Choice & { tenantId?: string }

/** Everything of a kind that the person may limit; fetched when the kind is chosen. */
export function useSubjects(type: SubjectType, tenants: readonly Tenant[]): { subjects: readonly Subject[]; isPending: boolean } {
  const { permissions, plan, tenant_id, tenant_name } = useMe()
  const people = useWholeList(users.list, { isEnabled: type === 'user' && permissions.includes('users:read') })
  const teams = useWholeList(groups.list, { isEnabled: type === 'group' && permissions.includes('groups:read') })
  const programs = useWholeList(agents.list, { isEnabled: type === 'agent' && permissions.includes('agents:read') })
  const keys = useWholeList(accessKeys.list, { isEnabled: type === 'access_key' && permissions.includes('access_keys:read') })
  const mine = useApiQuery(userKeys.list, { isEnabled: type === 'provider_key' && permissions.includes('user_keys:read') })
  const shared = useApiQuery(systemKeys.list, {
    isEnabled: type === 'provider_key' && permissions.includes('system_keys:read') && plan === 'enterprise',
  })
  const tenantName = (id: string) => (id === tenant_id ? undefined : tenants.find((tenant) => tenant.id === id)?.name)
  const lists: Record<SubjectType, () => { found: Omit<Subject, 'icon'>[]; isPending: boolean }> = {
    tenant: () => ({
      found:
        tenants.length > 0
          ? tenants.map(({ id, name }) => ({ value: id, label: name, tenantId: id }))
          : [{ value: tenant_id, label: tenant_name }],
      isPending: false,
    }),
    group: () => ({
      found: teams.items.map(({ id, name, tenant_id: of }) => ({ value: id, label: name, note: tenantName(of), tenantId: of })),
      isPending: teams.query.isLoading,
    }),
    user: () => ({
      found: people.items
        .filter(({ status }) => status === 'active')
        .map(({ id, name, email, tenant_id: of }) => ({ value: id, label: name, note: email, tenantId: of })),
      isPending: people.query.isLoading,
    }),
    agent: () => ({
      found: programs.items.map(({ id, name, description }) => ({ value: id, label: name, note: description ?? undefined })),
      isPending: programs.query.isLoading,
    }),
    access_key: () => ({
      found: keys.items
        .filter(({ status }) => status !== 'revoked')
        .map(({ id, name, key_hint }) => ({ value: id, label: name, note: key_hint })),
      isPending: keys.query.isLoading,
    }),
    provider_key: () => ({
      found: [...(shared.data ?? []), ...(mine.data ?? [])].map(({ id, name, provider }) => ({
        value: id,
        label: name,
        note: providerLabel(provider),
      })),
      isPending: shared.isLoading || mine.isLoading,
    }),
  }
  const { found, isPending } = lists[type]()
  return { subjects: found.map((subject) => ({ ...subject, icon: <SubjectIcon type={type} /> })), isPending }
}
