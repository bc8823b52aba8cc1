import * as z from 'zod/mini'
import { Id, idParams, listOf, Name, page, Time } from './common.ts'
import { endpoint } from './endpoint.ts'

export const Group = z.strictObject({
  id: Id,
  tenant_id: Id,
  name: z.string(),
  members: z.int(),
  created_at: Time,
  updated_at: z.nullable(Time),
})

const Member = z.strictObject({ user_id: Id, name: z.string(), email: z.string(), created_at: Time })

const id = '01890000-0000-7000-8000-000000000000'
const example = { params: { id } }

/** Users of one tenant who share limits. */
export const groups = {
  create: endpoint({
    method: 'POST',
    path: '/api/groups',
    access: 'groups:write',
    summary: 'Create a group',
    body: z.strictObject({ name: Name, tenant_id: z.optional(Id) }),
    status: 201,
    reply: Group,
    fails: ['conflict', 'not_found'],
    example: { body: { name: 'Atendimento' } },
  }),
  list: endpoint({
    method: 'GET',
    path: '/api/groups',
    access: 'groups:read',
    summary: 'The groups the caller may see',
    query: z.strictObject({ ...page, tenant_id: z.optional(Id) }),
    reply: listOf(Group),
    example: {},
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/groups/{id}',
    access: 'groups:read',
    summary: 'One group',
    params: idParams,
    reply: Group,
    fails: ['not_found'],
    example,
  }),
  change: endpoint({
    method: 'PATCH',
    path: '/api/groups/{id}',
    access: 'groups:write',
    summary: 'Rename a group',
    params: idParams,
    body: z.strictObject({ name: z.optional(Name) }),
    reply: Group,
    fails: ['not_found', 'conflict'],
    example: { ...example, body: { name: 'Suporte' } },
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/groups/{id}',
    access: 'groups:write',
    summary: 'Retire a group; its limits are lifted',
    params: idParams,
    status: 204,
    reply: z.undefined(),
    fails: ['not_found'],
    example,
  }),
  members: endpoint({
    method: 'GET',
    path: '/api/groups/{id}/members',
    access: 'groups:read',
    summary: 'The members of a group',
    params: idParams,
    query: z.strictObject(page),
    reply: listOf(Member),
    fails: ['not_found'],
    example,
  }),
  addMember: endpoint({
    method: 'POST',
    path: '/api/groups/{id}/members',
    access: 'groups:write',
    summary: 'Put a user into a group',
    params: idParams,
    body: z.strictObject({ user_id: Id }),
    status: 201,
    reply: Member,
    fails: ['not_found', 'conflict'],
    example: { ...example, body: { user_id: id } },
  }),
  removeMember: endpoint({
    method: 'DELETE',
    path: '/api/groups/{id}/members/{user_id}',
    access: 'groups:write',
    summary: 'Take a user out of a group',
    params: z.strictObject({ id: z.string().check(z.maxLength(64)), user_id: z.string().check(z.maxLength(64)) }),
    status: 204,
    reply: z.undefined(),
    fails: ['not_found'],
    example: { params: { id, user_id: id } },
  }),
}
