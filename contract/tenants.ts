import * as z from 'zod/mini'
import { Id, idParams, listOf, Name, page, Time } from './common.ts'
import { endpoint } from './endpoint.ts'

export const Plan = z.enum(['free', 'pro', 'enterprise'])

export const Tenant = z.strictObject({
  id: Id,
  name: z.string(),
  plan: Plan,
  is_root: z.boolean(),
  status: z.enum(['active', 'suspended']),
  created_at: Time,
  updated_at: z.nullable(Time),
})

const example = { params: { id: '01890000-0000-7000-8000-000000000000' } }

export const tenants = {
  create: endpoint({
    method: 'POST',
    path: '/api/tenants',
    access: 'tenants:write',
    summary: 'Create a tenant',
    body: z.strictObject({ name: Name, plan: z._default(Plan, 'free') }),
    status: 201,
    reply: Tenant,
    example: { body: { name: 'Padaria Central', plan: 'enterprise' } },
  }),
  list: endpoint({
    method: 'GET',
    path: '/api/tenants',
    access: 'tenants:read',
    summary: 'The tenants the caller may see',
    query: z.strictObject(page),
    reply: listOf(Tenant),
    example: {},
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/tenants/{id}',
    access: 'tenants:read',
    summary: 'One tenant',
    params: idParams,
    reply: Tenant,
    fails: ['not_found'],
    example,
  }),
  change: endpoint({
    method: 'PATCH',
    path: '/api/tenants/{id}',
    access: 'tenants:write',
    summary: 'Rename, change the plan, suspend or reactivate a tenant',
    params: idParams,
    body: z.strictObject({ name: z.optional(Name), plan: z.optional(Plan), status: z.optional(z.enum(['active', 'suspended'])) }),
    reply: Tenant,
    fails: ['not_found', 'rule_broken'],
    example: { ...example, body: { plan: 'pro' } },
  }),
}
