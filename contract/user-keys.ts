import * as z from 'zod/mini'
import { Id, idParams } from './common.ts'
import { endpoint } from './endpoint.ts'
import { KeyRemoved, NewProviderKey, ProviderKey, ProviderKeyChange } from './provider-keys.ts'

export const UserKey = z.extend(ProviderKey, { user_id: Id })

const example = { params: { id: '01890000-0000-7000-8000-000000000000' } }

/** The caller's own provider keys; nobody else's can be reached here. */
export const userKeys = {
  create: endpoint({
    method: 'POST',
    path: '/api/llm/user/keys',
    access: 'user_keys:write',
    summary: 'Create a key of the caller’s own, after asking the provider',
    body: NewProviderKey,
    status: 201,
    reply: UserKey,
    fails: ['key_refused', 'provider_unavailable'],
    example: { body: { provider: 'openai', api_key: 'sk-…', usage_limit: 100, is_active: true } },
  }),
  list: endpoint({
    method: 'GET',
    path: '/api/llm/user/keys',
    access: 'user_keys:read',
    summary: 'The caller’s keys',
    reply: z.array(UserKey),
    example: {},
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/llm/user/keys/{id}',
    access: 'user_keys:read',
    summary: 'One of the caller’s keys',
    params: idParams,
    reply: UserKey,
    fails: ['not_found'],
    example,
  }),
  change: endpoint({
    method: 'PUT',
    path: '/api/llm/user/keys/{id}',
    access: 'user_keys:write',
    summary: 'Change one of the caller’s keys; a new secret is validated like a new key',
    params: idParams,
    body: ProviderKeyChange,
    reply: UserKey,
    fails: ['not_found', 'key_refused', 'provider_unavailable'],
    example: { ...example, body: { usage_limit: 150 } },
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/llm/user/keys/{id}',
    access: 'user_keys:write',
    summary: 'Retire one of the caller’s keys; its usage stays',
    params: idParams,
    reply: KeyRemoved,
    fails: ['not_found'],
    example,
  }),
}
