import * as z from 'zod/mini'
import { idParams } from './common.ts'
import { endpoint } from './endpoint.ts'
import { KeyRemoved, NewProviderKey, ProviderKey, ProviderKeyChange } from './provider-keys.ts'

const example = { params: { id: '01890000-0000-7000-8000-000000000000' } }

/** Keys that serve the installation or one tenant. Plan `enterprise` besides the permission. */
export const systemKeys = {
  create: endpoint({
    method: 'POST',
    path: '/api/llm/system/keys',
    access: 'system_keys:write',
    plan: 'enterprise',
    summary: 'Create a system key, after asking the provider',
    body: NewProviderKey,
    status: 201,
    reply: ProviderKey,
    fails: ['plan_required', 'key_refused', 'provider_unavailable'],
    example: { body: { provider: 'openai', api_key: 'sk-…', usage_limit: 1000, is_active: true } },
  }),
  list: endpoint({
    method: 'GET',
    path: '/api/llm/system/keys',
    access: 'system_keys:read',
    plan: 'enterprise',
    summary: 'The system keys of the caller’s scope',
    reply: z.array(ProviderKey),
    fails: ['plan_required'],
    example: {},
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/llm/system/keys/{id}',
    access: 'system_keys:read',
    plan: 'enterprise',
    summary: 'One system key',
    params: idParams,
    reply: ProviderKey,
    fails: ['plan_required', 'not_found'],
    example,
  }),
  change: endpoint({
    method: 'PUT',
    path: '/api/llm/system/keys/{id}',
    access: 'system_keys:write',
    plan: 'enterprise',
    summary: 'Change a system key; a new secret is validated like a new key',
    params: idParams,
    body: ProviderKeyChange,
    reply: ProviderKey,
    fails: ['plan_required', 'not_found', 'key_refused', 'provider_unavailable'],
    example: { ...example, body: { usage_limit: 1500, is_active: false } },
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/llm/system/keys/{id}',
    access: 'system_keys:write',
    plan: 'enterprise',
    summary: 'Retire a system key; its usage stays',
    params: idParams,
    reply: KeyRemoved,
    fails: ['plan_required', 'not_found'],
    example,
  }),
}
