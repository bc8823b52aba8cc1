import type { accessKeys as AccessKeys } from '@llm-manager/contract/access-keys'
import type { agents as Agents } from '@llm-manager/contract/agents'
import type { Endpoint, Replied, Sent } from '@llm-manager/contract/endpoint'
import type { groups as Groups } from '@llm-manager/contract/groups'
import type { providers as Providers } from '@llm-manager/contract/providers'
import type { quotas as Quotas } from '@llm-manager/contract/quotas'
import type { status as Status } from '@llm-manager/contract/status'
import type { systemKeys as SystemKeys } from '@llm-manager/contract/system-keys'
import type { tenants as Tenants } from '@llm-manager/contract/tenants'
import type { usage as Usage } from '@llm-manager/contract/usage'
import type { userKeys as UserKeys } from '@llm-manager/contract/user-keys'
import type { users as Users } from '@llm-manager/contract/users'

/** An endpoint by its method and path alone: what a call needs, without the schemas. The other two carry types and are never there. */
export type Ref<S, R> = { method: string; path: string; sends?: S; replies?: R }

/** Names an endpoint of the contract; its types allow only the method and path that the contract gives it. */
function ref<E extends Endpoint>(method: E['method'], path: E['path']): Ref<Sent<E>, Replied<E>> {
  return { method, path }
}

/*
 * The contract's schemas are a fifth of what a page may weigh, and only forms need them. So pages name endpoints
 * here, by type, and a form imports its schema in the part that loads with it.
 */
export const systemKeys = {
  create: ref<typeof SystemKeys.create>('POST', '/api/llm/system/keys'),
  list: ref<typeof SystemKeys.list>('GET', '/api/llm/system/keys'),
  change: ref<typeof SystemKeys.change>('PUT', '/api/llm/system/keys/{id}'),
  remove: ref<typeof SystemKeys.remove>('DELETE', '/api/llm/system/keys/{id}'),
}

export const userKeys = {
  create: ref<typeof UserKeys.create>('POST', '/api/llm/user/keys'),
  list: ref<typeof UserKeys.list>('GET', '/api/llm/user/keys'),
  change: ref<typeof UserKeys.change>('PUT', '/api/llm/user/keys/{id}'),
  remove: ref<typeof UserKeys.remove>('DELETE', '/api/llm/user/keys/{id}'),
}

export const providers = {
  validate: ref<typeof Providers.validate>('POST', '/api/llm/validate'),
}

export const agents = {
  create: ref<typeof Agents.create>('POST', '/api/agents'),
  list: ref<typeof Agents.list>('GET', '/api/agents'),
  change: ref<typeof Agents.change>('PATCH', '/api/agents/{id}'),
  remove: ref<typeof Agents.remove>('DELETE', '/api/agents/{id}'),
  getKey: ref<typeof Agents.getKey>('GET', '/api/llm/agents/{id}/key'),
  setKey: ref<typeof Agents.setKey>('PUT', '/api/llm/agents/{id}/key'),
  validateKey: ref<typeof Agents.validateKey>('POST', '/api/llm/agents/{id}/key/validate'),
}

export const accessKeys = {
  create: ref<typeof AccessKeys.create>('POST', '/api/access-keys'),
  list: ref<typeof AccessKeys.list>('GET', '/api/access-keys'),
  change: ref<typeof AccessKeys.change>('PATCH', '/api/access-keys/{id}'),
  remove: ref<typeof AccessKeys.remove>('DELETE', '/api/access-keys/{id}'),
  rotate: ref<typeof AccessKeys.rotate>('POST', '/api/access-keys/{id}/rotate'),
}

export const quotas = {
  create: ref<typeof Quotas.create>('POST', '/api/quotas'),
  list: ref<typeof Quotas.list>('GET', '/api/quotas'),
  change: ref<typeof Quotas.change>('PATCH', '/api/quotas/{id}'),
  remove: ref<typeof Quotas.remove>('DELETE', '/api/quotas/{id}'),
  history: ref<typeof Quotas.history>('GET', '/api/quotas/{id}/history'),
}

export const groups = {
  create: ref<typeof Groups.create>('POST', '/api/groups'),
  list: ref<typeof Groups.list>('GET', '/api/groups'),
  change: ref<typeof Groups.change>('PATCH', '/api/groups/{id}'),
  remove: ref<typeof Groups.remove>('DELETE', '/api/groups/{id}'),
  members: ref<typeof Groups.members>('GET', '/api/groups/{id}/members'),
  addMember: ref<typeof Groups.addMember>('POST', '/api/groups/{id}/members'),
  removeMember: ref<typeof Groups.removeMember>('DELETE', '/api/groups/{id}/members/{user_id}'),
}

export const tenants = {
  list: ref<typeof Tenants.list>('GET', '/api/tenants'),
}

export const users = {
  list: ref<typeof Users.list>('GET', '/api/users'),
}

export const usage = {
  summary: ref<typeof Usage.summary>('GET', '/api/usage/summary'),
  timeseries: ref<typeof Usage.timeseries>('GET', '/api/usage/timeseries'),
  breakdown: ref<typeof Usage.breakdown>('GET', '/api/usage/breakdown'),
  events: ref<typeof Usage.events>('GET', '/api/usage/events'),
}

export const status = {
  get: ref<typeof Status.get>('GET', '/api/status'),
}
