'use client'

import { systemKeys, userKeys, users } from '#lib/api/endpoints.ts'
import { useApiQuery } from '#lib/api/use-api.ts'
import { useMe } from '#lib/session/me-context.tsx'
import { useWholeList } from '../../_parts/whole-list.ts'
import type { Known } from '../agent.ts'

/** The keys and people that agents are shown with, as far as the person may see them. */
export function useKnown(): Known {
  const { id, permissions, plan } = useMe()
  const own = useApiQuery(userKeys.list, { isEnabled: permissions.includes('user_keys:read') })
  const system = useApiQuery(systemKeys.list, { isEnabled: permissions.includes('system_keys:read') && plan === 'enterprise' })
  const { items } = useWholeList(users.list, { isEnabled: permissions.includes('users:read') })
  const keys = [
    ...(own.data ?? []).map((key) => ({ type: 'user' as const, key })),
    ...(system.data ?? []).map((key) => ({ type: 'system' as const, key })),
  ]
  return { meId: id, keys, users: items }
}
