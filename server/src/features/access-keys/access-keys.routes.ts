import { accessKeys } from '@llm-manager/contract/access-keys'
import { bind } from '../../platform/bind.ts'
import { changeAccessKey, createAccessKey, getAccessKey, listAccessKeysInReach, removeAccessKey, rotateAccessKey } from './access-keys.ts'

export const accessKeyRoutes = bind('accessKeys', accessKeys, {
  create: createAccessKey,
  list: listAccessKeysInReach,
  get: getAccessKey,
  change: changeAccessKey,
  remove: removeAccessKey,
  rotate: rotateAccessKey,
})
