import { usage } from '@llm-manager/contract/usage'
import { bind } from '../../platform/bind.ts'
import { explainUsageEvent, listUsageEvents, summarizeUsage, usageByDimension, usageByTime } from './usage.ts'

export const usageRoutes = bind('usage', usage, {
  summary: summarizeUsage,
  timeseries: usageByTime,
  breakdown: usageByDimension,
  events: listUsageEvents,
  event: explainUsageEvent,
})
