import { systemKeys } from '@llm-manager/contract/system-keys'
import { bind } from '../../platform/bind.ts'
import { changeSystemKey, createSystemKey, getSystemKey, listSystemKeys, removeSystemKey } from './system-keys.ts'

export const systemKeyRoutes = bind('systemKeys', systemKeys, {
  create: createSystemKey,
  list: listSystemKeys,
  get: getSystemKey,
  change: changeSystemKey,
  remove: removeSystemKey,
})
