import { afterAll, beforeAll, expect, test } from 'vitest'
import { message, openWorld, type World } from './test-kit.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

test("the official OpenAI client's call is answered, and charged to the nano-dollar", async () => {
  const keyId = await world.systemKey('openai', 'plain')
  const { key } = await world.accessKey(world.api.member)
  const { data, response } = await world.openai(key).chat.completions.create({ model: 'gpt-4o-mini', messages: message('hello [[words=10]]') }).withResponse()
  const [event] = await world.events(keyId, 1)
  console.log(data, Object.fromEntries(response.headers), event, world.api.simulator.ledger().at(-1))
  expect(event).toMatchObject({ provider: 'openai', model: 'gpt-4o-mini', outcome: 'ok' })
})
