'use client'

import type { Replied } from '@llm-manager/contract/endpoint'
import type { tenants as Tenants } from '@llm-manager/contract/tenants'
import { systemKeys, tenants, userKeys } from '#lib/api/endpoints.ts'
import { useApiQuery } from '#lib/api/use-api.ts'
import { paths } from '#lib/paths.ts'
import { useMe } from '#lib/session/me-context.tsx'
import { useFormat } from '#ui/figure/use-format.ts'
import { useWholeList } from '../../_parts/whole-list.ts'
import { isRate } from '../../_quotas/quota.ts'
import type { Quota } from '../../_quotas/quota.ts'

export type Tenant = Replied<typeof Tenants.get>

/** What is known of the things that limits are on, as far as the person may see them. */
export type Known = {
  timeZone: string
  tenants: readonly Tenant[]
  /** The tenant of a limit, where it is not the person's own. */
  tenantNameOf: (quota: Pick<Quota, 'tenant_id'>) => string | null
  /** The page of what a limit is on; null where there is none that the person may see. */
  pathOf: (quota: Pick<Quota, 'tenant_id' | 'subject_type' | 'subject_id'>) => string | null
  /** The status that a call is refused with; null where the person may not know what the tenant chose. */
  refusalStatusOf: (quota: Pick<Quota, 'tenant_id' | 'metric' | 'window'>) => number | null
}

export function useKnown(): Known {
  const { permissions, plan, tenant_id: ownTenant } = useMe()
  const { timeZone } = useFormat()
  const { items: knownTenants } = useWholeList(tenants.list, { isEnabled: permissions.includes('tenants:read') })
  const own = useApiQuery(userKeys.list, { isEnabled: permissions.includes('user_keys:read') })
  const system = useApiQuery(systemKeys.list, { isEnabled: permissions.includes('system_keys:read') && plan === 'enterprise' })
  const keyPath = (id: string) => {
    if (own.data?.some((key) => key.id === id)) return paths.myKeys({ id })
    return system.data?.some((key) => key.id === id) ? paths.systemKeys({ id }) : null
  }
  const tenantOf = (id: string) => knownTenants.find((tenant) => tenant.id === id)
  return {
    timeZone,
    tenants: knownTenants,
    tenantNameOf: ({ tenant_id }) => (tenant_id === ownTenant ? null : (tenantOf(tenant_id)?.name ?? null)),
    pathOf: ({ tenant_id, subject_type, subject_id: id }) => {
      if (subject_type === 'group') return permissions.includes('groups:read') ? paths.groups({ id }) : null
      if (tenant_id !== ownTenant) return null
      if (subject_type === 'agent') return paths.agents({ id })
      if (subject_type === 'access_key') return paths.accessKeys({ id })
      return subject_type === 'provider_key' ? keyPath(id) : null
    },
    refusalStatusOf: (quota) => (isRate(quota) ? 429 : (tenantOf(quota.tenant_id)?.settings.budget_status ?? null)),
  }
}
