import * as z from 'zod/mini'
import { Email, Id, idParams, listOf, Locale, Name, NewPassword, page, Time } from './common.ts'
import { endpoint } from './endpoint.ts'
import { roleNames } from './permissions.ts'

const Role = z.enum(roleNames)

export const User = z.strictObject({
  id: Id,
  tenant_id: Id,
  email: z.string(),
  name: z.string(),
  external_id: z.nullable(z.string()),
  status: z.enum(['active', 'disabled']),
  roles: z.array(Role),
  locale: Locale,
  created_at: Time,
  updated_at: z.nullable(Time),
})

const Roles = z.array(Role).check(z.minLength(1), z.maxLength(4))
const ExternalId = z.string().check(z.minLength(1), z.maxLength(200))
const example = { params: { id: '01890000-0000-7000-8000-000000000000' } }

export const users = {
  create: endpoint({
    method: 'POST',
    path: '/api/users',
    access: 'users:write',
    summary: 'Create a user',
    body: z.strictObject({
      email: Email,
      name: Name,
      password: NewPassword,
      tenant_id: z.optional(Id),
      roles: z._default(Roles, ['member']),
      locale: z._default(Locale, 'pt-BR'),
      external_id: z.optional(ExternalId),
    }),
    status: 201,
    reply: User,
    fails: ['conflict', 'not_found'],
    example: { body: { email: 'bia@example.com', name: 'Bia', password: 'a long enough password' } },
  }),
  list: endpoint({
    method: 'GET',
    path: '/api/users',
    access: 'users:read',
    summary: 'The users the caller may see',
    query: z.strictObject({ ...page, tenant_id: z.optional(Id) }),
    reply: listOf(User),
    example: {},
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/users/{id}',
    access: 'users:read',
    summary: 'One user',
    params: idParams,
    reply: User,
    fails: ['not_found'],
    example,
  }),
  change: endpoint({
    method: 'PATCH',
    path: '/api/users/{id}',
    access: 'users:write',
    summary: 'Change, disable or reactivate a user',
    params: idParams,
    body: z.strictObject({
      name: z.optional(Name),
      roles: z.optional(Roles),
      locale: z.optional(Locale),
      status: z.optional(z.enum(['active', 'disabled'])),
      external_id: z.optional(z.nullable(ExternalId)),
    }),
    reply: User,
    fails: ['not_found', 'conflict', 'rule_broken'],
    example: { ...example, body: { name: 'Beatriz' } },
  }),
}
