import { tenants } from '@llm-manager/contract/tenants'
import { bind } from '../../platform/bind.ts'
import { changeTenant, createTenant, getTenant, listTenantsInReach } from './tenants.ts'

export const tenantRoutes = bind('tenants', tenants, {
  create: createTenant,
  list: listTenantsInReach,
  get: getTenant,
  change: changeTenant,
})
