import type { Route } from '../platform/bind.ts'
import { sessionRoutes } from '../features/sessions/sessions.routes.ts'
import { tenantRoutes } from '../features/tenants/tenants.routes.ts'
import { usageRoutes } from '../features/usage/usage.routes.ts'
import { userRoutes } from '../features/users/users.routes.ts'

/** Every route of the API that is an endpoint of the contract; `status` is added by the process, which alone knows it. */
export const routes: Route[] = [
  ...sessionRoutes,
  ...tenantRoutes,
  ...userRoutes,
  ...usageRoutes,
]
