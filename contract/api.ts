import { accessKeys } from './access-keys.ts'
import { agents } from './agents.ts'
import { groups } from './groups.ts'
import { prices } from './prices.ts'
import { providers } from './providers.ts'
import { quotas } from './quotas.ts'
import { sessions } from './sessions.ts'
import { status } from './status.ts'
import { systemKeys } from './system-keys.ts'
import { tenants } from './tenants.ts'
import { usage } from './usage.ts'
import { userKeys } from './user-keys.ts'
import { users } from './users.ts'

/** Everything that is said over HTTP under `/api`, by noun. OpenAPI, the client and the tests about every endpoint read this. */
export const api = { sessions, tenants, users, groups, systemKeys, userKeys, providers, agents, accessKeys, prices, quotas, usage, status }
