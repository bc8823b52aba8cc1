import { groups } from '@llm-manager/contract/groups'
import { quotas } from '@llm-manager/contract/quotas'
import { systemKeys } from '@llm-manager/contract/system-keys'
import { usage } from '@llm-manager/contract/usage'
import { users } from '@llm-manager/contract/users'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { message, openWorld, type World } from '../../src/gateway/test-kit.ts'
import { password } from '../harness.ts'

/** What a tenant is told of limits that are not its own, and how it might slip out of one. */

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const body = { model: 'openai/gpt-4o-mini', max_tokens: 10, messages: message('hi') }

test('what the key of the installation may still spend is not told to the tenants that it serves', async () => {
  const { root, stranger } = world.api
  const key = await world.systemKey('openai', 'serves-all', { usage_limit: 123.5 })
  const access = await world.accessKey(stranger)
  const answer = await world.post('/v1/chat/completions', access.key, body)
  expect([answer.status, answer.headers.get('x-llm-budget-remaining')]).toEqual([200, null])
  await world.events(key.id, 1)
  const [event] = (await stranger(usage.events, { query: {} })).items
  expect((await stranger(usage.event, { params: { id: event!.id } })).limits).toEqual([])
  expect((await root(usage.event, { params: { id: event!.id } })).limits).toMatchObject([{ subject_type: 'provider_key', metric: 'cost' }])
  await root(systemKeys.change, { params: { id: key.id }, body: { usage_limit: 0 } })
  const refused = await world.post('/v1/chat/completions', access.key, body)
  expect(refused.status).toBe(402)
  const { error } = (await refused.json()) as { error: Record<string, unknown> }
  expect(error).toMatchObject({ code: 'budget_exceeded' })
  for (const name of ['scope', 'limit', 'used', 'window']) expect(error[name]).toBeUndefined()
})

test('who is held by a limit from above does not slip out of its group', async () => {
  const { root, stranger } = world.api
  const group = await stranger(groups.create, { body: { name: 'held' } })
  const member = await stranger(users.create, { body: { email: 'held@example.com', name: 'Held', password, roles: ['member'] } })
  await stranger(groups.addMember, { params: { id: group.id }, body: { user_id: member.id } })
  await root(quotas.create, { body: { subject_type: 'group', subject_id: group.id, metric: 'cost', amount: 1, window: 'month' } })
  const leave = { params: { id: group.id, user_id: member.id } }
  await expect(stranger(groups.removeMember, leave)).rejects.toMatchObject({ status: 403 })
  await root(groups.removeMember, leave)
})

test('a tenant sets no more limits on one subject than can be kept, and one from above still has room', async () => {
  const { root, stranger } = world.api
  const subject = { subject_type: 'user', subject_id: stranger.userId, metric: 'requests', amount: 5, window: 'day' } as const
  const anchored = (hour: number) => ({ ...subject, anchor: `2026-01-01T${String(hour).padStart(2, '0')}:00:00Z` })
  for (let hour = 0; hour < 16; hour++) await stranger(quotas.create, { body: anchored(hour) })
  await expect(stranger(quotas.create, { body: anchored(17) })).rejects.toMatchObject({ status: 422, code: 'rule_broken' })
  await root(quotas.create, { body: anchored(18) })
})
