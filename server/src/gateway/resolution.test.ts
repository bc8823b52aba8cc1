import { afterAll, beforeAll, expect, test } from 'vitest'
import { message, openWorld, type World } from './test-kit.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

test('a bare name goes to the provider that has the model, and a key resolves from owner to tenant to installation', async () => {
  const { admin } = world.api
  const { key } = await world.accessKey(admin)
  const client = world.openai(key)
  const ask = async () =>
    (await client.chat.completions.create({ model: 'gpt-4o-mini', messages: message('hello') }).withResponse()).response.status
  await expect(ask()).rejects.toMatchObject({ status: 404, code: 'model_not_found' })
  const installation = await world.systemKey('openai', 'ofinstallation')
  expect(await ask()).toBe(200)
  const tenant = await world.keyOf(admin, 'openai', 'system')
  expect(await ask()).toBe(200)
  const own = await world.keyOf(admin, 'openai', 'user')
  expect(await ask()).toBe(200)
  for (const used of [installation, tenant, own]) expect(used.billed()).toHaveLength(1)
})

test('the list of models names what this key may call, and nothing else', async () => {
  await world.systemKey('anthropic', 'listed')
  const { key } = await world.accessKey(world.api.stranger)
  const ids = (await world.openai(key).models.list()).data.map((model) => model.id)
  expect(ids).toContain('anthropic/claude-sonnet-4-5')
  expect(ids).toContain('claude-sonnet-4-5')
  expect(ids.some((id) => id.startsWith('cohere/'))).toBe(false)
  const narrow = await world.accessKey(world.api.stranger, { models: ['claude-sonnet-4-5'] })
  expect((await world.openai(narrow.key).models.list()).data.map((model) => model.id)).toEqual([
    'anthropic/claude-sonnet-4-5',
    'claude-sonnet-4-5',
  ])
})

test('an agent that is bound to a key of one provider is told so for a model of another, and is shown none of those', async () => {
  const { key } = await world.bound('openai', 'boundonly')
  const asked = world.openai(key).chat.completions.create({ model: 'claude-haiku-4-5', messages: message('hello') })
  await expect(asked).rejects.toMatchObject({ status: 404, code: 'model_not_found' })
  await expect(asked).rejects.toThrow('The agent is bound to a key of openai, which does not have the model claude-haiku-4-5.')
  const ids = (await world.openai(key).models.list()).data
  expect(ids.every((model) => model.owned_by === 'openai')).toBe(true)
  expect(ids.map((model) => model.id).filter((id) => id.endsWith('-'))).toEqual([])
})
