import { quotas } from '@llm-manager/contract/quotas'
import { bind } from '../../../platform/bind.ts'
import { listQuotaHistory } from './quotas.history.ts'
import { changeQuota, createQuota, getQuota, listQuotasInReach, removeQuota } from './quotas.ts'

export const quotaRoutes = bind('quotas', quotas, {
  create: createQuota,
  list: listQuotasInReach,
  get: getQuota,
  change: changeQuota,
  remove: removeQuota,
  history: listQuotaHistory,
})
