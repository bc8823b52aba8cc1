import * as z from 'zod/mini'
import { Id, idParams, listOf, Name, page, Time } from './common.ts'
import { endpoint } from './endpoint.ts'
import { PerMillion } from './prices.ts'

export const Plan = z.enum(['free', 'pro', 'enterprise'])

/**
 * What a tenant has chosen. `unknown_price`: whether a call on its provider keys is refused when nobody knows its price, or charged at a
 * ceiling (US dollars per million tokens) and flagged as estimated. `budget_status`: the status of a call that a budget has no room for.
 * `output_cap_default`: tokens of an answer where neither the client nor what is known of the model says how long it may be; null leaves
 * that to the gateway.
 */
export const TenantSettings = z.strictObject({
  unknown_price: z.discriminatedUnion('policy', [
    z.strictObject({ policy: z.literal('refuse') }),
    z.strictObject({ policy: z.literal('ceiling'), per_million: PerMillion }),
  ]),
  budget_status: z.literal([402, 429]),
  output_cap_default: z.nullable(z.int().check(z.minimum(1), z.maximum(1_000_000))),
})

export const Tenant = z.strictObject({
  id: Id,
  name: z.string(),
  plan: Plan,
  is_root: z.boolean(),
  status: z.enum(['active', 'suspended']),
  settings: TenantSettings,
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
    summary: 'Rename a tenant, change its plan or settings, suspend or reactivate it; settings that are not named stay',
    params: idParams,
    body: z.strictObject({
      name: z.optional(Name),
      plan: z.optional(Plan),
      status: z.optional(z.enum(['active', 'suspended'])),
      settings: z.optional(z.partial(TenantSettings)),
    }),
    reply: Tenant,
    fails: ['not_found', 'rule_broken'],
    example: { ...example, body: { plan: 'pro' } },
  }),
}
