import { groups } from '@llm-manager/contract/groups'
import { bind } from '../../platform/bind.ts'
import { changeGroup, createGroup, getGroup, listGroupsInReach, removeGroup } from './groups.ts'
import { addGroupMember, listGroupMembers, removeGroupMember } from './members.ts'

export const groupRoutes = bind('groups', groups, {
  create: createGroup,
  list: listGroupsInReach,
  get: getGroup,
  change: changeGroup,
  remove: removeGroup,
  members: listGroupMembers,
  addMember: addGroupMember,
  removeMember: removeGroupMember,
})
