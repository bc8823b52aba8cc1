import { users } from '@llm-manager/contract/users'
import { bind } from '../../platform/bind.ts'
import { changeUser, createUser, getUser, listUsersInReach } from './users.ts'

export const userRoutes = bind('users', users, { create: createUser, list: listUsersInReach, get: getUser, change: changeUser })
