import { api as contract } from '@llm-manager/contract/api'
import { urlOf } from '@llm-manager/contract/client'
import type { Endpoint } from '@llm-manager/contract/endpoint'
import { permissions, roles } from '@llm-manager/contract/permissions'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor, TestApi } from './harness.ts'
import { startTestApi } from './harness.ts'

let api: TestApi
let freeAdmin: Actor
beforeAll(async () => {
  api = await startTestApi()
  freeAdmin = await api.newActor('admin', await api.newTenant('free'))
})
afterAll(() => api.close())

const endpoints = Object.entries(contract).flatMap(([noun, group]) =>
  Object.entries(group as Record<string, Endpoint>).map(([name, endpoint]) => [`${noun}.${name}`, endpoint] as const),
)

/** A request with nothing right in it but the path: whoever may not call is told so before anyone looks at what was sent. */
async function statusOf(endpoint: Endpoint, as?: Actor | string): Promise<number> {
  const token = typeof as === 'string' ? as : as?.token
  const headers = { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) }
  const body = endpoint.body ? '{"nonsense":true}' : undefined
  return (await fetch(api.origin + urlOf(endpoint, endpoint.example), { method: endpoint.method, headers, body })).status
}

test('the contract holds endpoints to check', () => {
  expect(endpoints.length).toBeGreaterThan(35)
})

test.each(endpoints)('%s knows nobody without a good token', async (_, endpoint) => {
  if (endpoint.access === 'public') return expect(await statusOf(endpoint)).not.toBe(403)
  expect(await statusOf(endpoint)).toBe(401)
  expect(await statusOf(endpoint, 'forged')).toBe(401)
})

test.each(endpoints)('%s turns away each role without its permission, and no other', async (_, endpoint) => {
  const { access } = endpoint
  if (access === 'public' || access === 'signed_in') return
  for (const actor of [api.root, api.admin, api.member, api.viewer] as const) {
    const role = actor === api.root ? 'platform_admin' : actor === api.admin ? 'admin' : actor === api.member ? 'member' : 'viewer'
    const status = await statusOf(endpoint, actor)
    if (roles[role].permissions.includes(access)) expect.soft([role, status]).not.toEqual([role, 403])
    else expect.soft([role, status]).toEqual([role, 403])
  }
})

test.each(endpoints.filter(([, endpoint]) => endpoint.plan))('%s needs the enterprise plan', async (_, endpoint) => {
  expect(await statusOf(endpoint, freeAdmin)).toBe(403)
})

test('refused attempts are audited', async () => {
  const rows = await api.sql<{ count: bigint }>("select count(*) from audit_events where outcome = 'refused' and actor_id = $1", [
    api.viewer.userId,
  ])
  expect(Number(rows[0]?.count)).toBeGreaterThan(5)
})

test('every permission is used by a route', () => {
  const used = new Set(endpoints.map(([, endpoint]) => endpoint.access))
  expect(permissions.filter((permission) => !used.has(permission))).toEqual([])
})
