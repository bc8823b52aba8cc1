import * as z from 'zod/mini'
import { Id, idParams, listOf, Name, page, Provider, Time } from './common.ts'
import { endpoint } from './endpoint.ts'
import { KeyValidation } from './provider-keys.ts'

export const Agent = z.strictObject({
  id: Id,
  name: z.string(),
  description: z.nullable(z.string()),
  provider: z.nullable(Provider),
  key_id: z.nullable(Id),
  owner_id: Id,
  created_at: Time,
  updated_at: z.nullable(Time),
})

/** Which provider key an agent is bound to. */
export const AgentKey = z.strictObject({ type: z.enum(['user', 'system']), provider: Provider, key_id: Id })

const Description = z.nullable(z.string().check(z.maxLength(1000)))
const example = { params: { id: '01890000-0000-7000-8000-000000000000' } }

export const agents = {
  create: endpoint({
    method: 'POST',
    path: '/api/agents',
    access: 'agents:write',
    summary: 'Create an agent',
    body: z.strictObject({
      name: Name,
      description: z.optional(Description),
      provider: z.optional(z.nullable(Provider)),
      key_id: z.optional(z.nullable(Id)),
      owner_id: z.optional(Id),
    }),
    status: 201,
    reply: Agent,
    fails: ['not_found', 'rule_broken'],
    example: { body: { name: 'Atendimento' } },
  }),
  list: endpoint({
    method: 'GET',
    path: '/api/agents',
    access: 'agents:read',
    summary: 'The agents the caller may see',
    query: z.strictObject(page),
    reply: listOf(Agent),
    example: {},
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/agents/{id}',
    access: 'agents:read',
    summary: 'One agent',
    params: idParams,
    reply: Agent,
    fails: ['not_found'],
    example,
  }),
  change: endpoint({
    method: 'PATCH',
    path: '/api/agents/{id}',
    access: 'agents:write',
    summary: 'Rename or describe an agent',
    params: idParams,
    body: z.strictObject({
      name: z.optional(Name),
      description: z.optional(Description),
      provider: z.optional(z.nullable(Provider)),
      key_id: z.optional(z.nullable(Id)),
    }),
    reply: Agent,
    fails: ['not_found', 'rule_broken'],
    example: { ...example, body: { name: 'Suporte' } },
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/agents/{id}',
    access: 'agents:write',
    summary: 'Retire an agent and revoke its access keys',
    params: idParams,
    status: 204,
    reply: z.undefined(),
    fails: ['not_found'],
    example,
  }),
  getKey: endpoint({
    method: 'GET',
    path: '/api/llm/agents/{id}/key',
    access: 'agents:read',
    summary: 'The provider key an agent is bound to',
    params: idParams,
    reply: AgentKey,
    fails: ['not_found'],
    example,
  }),
  setKey: endpoint({
    method: 'PUT',
    path: '/api/llm/agents/{id}/key',
    access: 'agents:write',
    summary: 'Bind an agent to a provider key, or to none with null',
    params: idParams,
    body: z.strictObject({ key_id: z.nullable(Id), type: z.optional(z.enum(['user', 'system'])), provider: z.optional(Provider) }),
    reply: z.nullable(AgentKey),
    fails: ['not_found', 'rule_broken'],
    example: { ...example, body: { key_id: null } },
  }),
  validateKey: endpoint({
    method: 'POST',
    path: '/api/llm/agents/{id}/key/validate',
    access: 'agents:read',
    summary: 'Ask the provider about the key an agent would use',
    params: idParams,
    reply: KeyValidation,
    fails: ['not_found'],
    example,
  }),
}
