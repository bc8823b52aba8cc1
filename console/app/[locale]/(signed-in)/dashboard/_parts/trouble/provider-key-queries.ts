'use client'

import { systemKeys, userKeys } from '#lib/api/endpoints.ts'
import { useApiQuery } from '#lib/api/use-api.ts'
import { paths } from '#lib/paths.ts'
import { useMe } from '#lib/session/me-context.tsx'
import type { ProviderKey } from '../../../_provider-keys/key-kinds.ts'

export type LinkedKey = { key: ProviderKey; path: string }

/** Every provider key the person may see, with the page that shows it. Undefined until one of the lists is there. */
export function useProviderKeys(): { keys: LinkedKey[] | undefined; isPending: boolean } {
  const { permissions, plan } = useMe()
  const maySeeSystem = permissions.includes('system_keys:read') && plan === 'enterprise'
  const system = useApiQuery(systemKeys.list, { isEnabled: maySeeSystem, everyMs: 15_000 })
  const own = useApiQuery(userKeys.list, { isEnabled: permissions.includes('user_keys:read'), everyMs: 15_000 })
  const keys = [
    ...(system.data ?? []).map((key) => ({ key, path: paths.systemKeys({ id: key.id }) })),
    ...(own.data ?? []).map((key) => ({ key, path: paths.myKeys({ id: key.id }) })),
  ]
  return { keys: system.data || own.data ? keys : undefined, isPending: system.isLoading || own.isLoading }
}
