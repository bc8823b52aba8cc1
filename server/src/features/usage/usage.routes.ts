import { usage } from '@llm-manager/contract/usage'
import { bind } from '../../platform/bind.ts'
import { correctCharge } from './corrections/corrections.ts'
import { rerateUsage } from './corrections/rerate.ts'
import { explainUsageEvent } from './explain/explain.ts'
import { listUsageEvents, summarizeUsage, usageByDimension, usageByTime } from './usage.ts'

export const usageRoutes = bind('usage', usage, {
  summary: summarizeUsage,
  timeseries: usageByTime,
  breakdown: usageByDimension,
  events: listUsageEvents,
  event: explainUsageEvent,
  correct: correctCharge,
  rerate: rerateUsage,
})
