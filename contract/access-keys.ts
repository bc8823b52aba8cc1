import * as z from 'zod/mini'
import { Id, idParams, listOf, Name, page, Time } from './common.ts'
import { endpoint } from './endpoint.ts'

export const AccessKey = z.strictObject({
  id: Id,
  name: z.string(),
  agent_id: z.nullable(Id),
  user_id: z.nullable(Id),
  mode: z.enum(['live', 'test']),
  key_hint: z.string(),
  models: z.nullable(z.array(z.string())),
  allowed_ips: z.nullable(z.array(z.string())),
  tags: z.record(z.string(), z.string()),
  status: z.enum(['active', 'expired', 'revoked']),
  expires_at: z.nullable(Time),
  last_used: z.nullable(Time),
  created_at: Time,
  updated_at: z.nullable(Time),
})

/** An access key with its secret: shown by the answer that makes it, and never again. */
const NewlyMade = z.extend(AccessKey, { key: z.string() })

const Models = z.nullable(z.array(z.string().check(z.minLength(1), z.maxLength(200))).check(z.minLength(1), z.maxLength(200)))
/** Single addresses or CIDR ranges, IPv4 or IPv6. */
const AllowedIps = z.nullable(z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])).check(z.minLength(1), z.maxLength(100)))
const Tags = z.record(z.string().check(z.regex(/^[a-z0-9_.-]{1,40}$/)), z.string().check(z.maxLength(120)))
const settings = {
  models: z.optional(Models),
  allowed_ips: z.optional(AllowedIps),
  expires_at: z.optional(z.nullable(Time)),
  tags: z.optional(Tags),
}

const example = { params: { id: '01890000-0000-7000-8000-000000000000' } }

export const accessKeys = {
  create: endpoint({
    method: 'POST',
    path: '/api/access-keys',
    access: 'access_keys:write',
    summary: 'Create an access key to the gateway; the secret is in this answer only',
    body: z.strictObject({
      name: Name,
      agent_id: z.optional(z.nullable(Id)),
      user_id: z.optional(z.nullable(Id)),
      mode: z._default(z.enum(['live', 'test']), 'live'),
      ...settings,
    }),
    status: 201,
    reply: NewlyMade,
    fails: ['not_found', 'rule_broken'],
    example: { body: { name: 'Laptop' } },
  }),
  list: endpoint({
    method: 'GET',
    path: '/api/access-keys',
    access: 'access_keys:read',
    summary: 'The access keys the caller may see',
    query: z.strictObject({ ...page, agent_id: z.optional(Id) }),
    reply: listOf(AccessKey),
    example: {},
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/access-keys/{id}',
    access: 'access_keys:read',
    summary: 'One access key',
    params: idParams,
    reply: AccessKey,
    fails: ['not_found'],
    example,
  }),
  change: endpoint({
    method: 'PATCH',
    path: '/api/access-keys/{id}',
    access: 'access_keys:write',
    summary: 'Change what an access key may do',
    params: idParams,
    body: z.strictObject({ name: z.optional(Name), ...settings }),
    reply: AccessKey,
    fails: ['not_found', 'rule_broken'],
    example: { ...example, body: { name: 'Desktop' } },
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/access-keys/{id}',
    access: 'access_keys:write',
    summary: 'Revoke an access key',
    params: idParams,
    status: 204,
    reply: z.undefined(),
    fails: ['not_found'],
    example,
  }),
  rotate: endpoint({
    method: 'POST',
    path: '/api/access-keys/{id}/rotate',
    access: 'access_keys:write',
    summary: 'Replace the secret of an access key; the old one stops at once',
    params: idParams,
    status: 201,
    reply: NewlyMade,
    fails: ['not_found', 'rule_broken'],
    example,
  }),
}
