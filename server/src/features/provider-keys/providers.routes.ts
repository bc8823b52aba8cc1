import { providers } from '@llm-manager/contract/providers'
import { bind } from '../../platform/bind.ts'
import { listProviders, validateKey } from './ask/providers.ts'
import { getUsageStats } from './usage-stats.ts'

export const providerRoutes = bind('providers', providers, { list: listProviders, validate: validateKey, usageStats: getUsageStats })
