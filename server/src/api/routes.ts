import type { Route } from '../platform/bind.ts'
import { accessKeyRoutes } from '../features/access-keys/access-keys.routes.ts'
import { agentRoutes } from '../features/agents/agents.routes.ts'
import { groupRoutes } from '../features/groups/groups.routes.ts'
import { priceRoutes } from '../features/models/prices.routes.ts'
import { providerRoutes } from '../features/provider-keys/providers.routes.ts'
import { systemKeyRoutes } from '../features/provider-keys/system-keys.routes.ts'
import { userKeyRoutes } from '../features/provider-keys/user-keys.routes.ts'
import { quotaRoutes } from '../features/quotas/manage/quotas.routes.ts'
import { sessionRoutes } from '../features/sessions/sessions.routes.ts'
import { tenantRoutes } from '../features/tenants/tenants.routes.ts'
import { usageRoutes } from '../features/usage/usage.routes.ts'
import { userRoutes } from '../features/users/users.routes.ts'

/** Every route of the API that is an endpoint of the contract; `status` is added by the process, which alone knows it. */
export const routes: Route[] = [
  ...sessionRoutes,
  ...tenantRoutes,
  ...userRoutes,
  ...groupRoutes,
  ...systemKeyRoutes,
  ...userKeyRoutes,
  ...providerRoutes,
  ...agentRoutes,
  ...accessKeyRoutes,
  ...priceRoutes,
  ...quotaRoutes,
  ...usageRoutes,
]
