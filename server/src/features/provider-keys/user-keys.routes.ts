import { userKeys } from '@llm-manager/contract/user-keys'
import { bind } from '../../platform/bind.ts'
import { changeUserKey, createUserKey, getUserKey, listUserKeys, removeUserKey } from './user-keys.ts'

export const userKeyRoutes = bind('userKeys', userKeys, {
  create: createUserKey,
  list: listUserKeys,
  get: getUserKey,
  change: changeUserKey,
  remove: removeUserKey,
})
