import { expect, test } from 'vitest'
import type { ProviderKey } from '../_provider-keys/key-kinds.ts'
import { bindableKeys, bindingOf, providerOf } from './agent.ts'
import type { Agent, OwnedKey } from './agent.ts'

const agent: Agent = {
  id: 'a',
  name: 'Atendimento',
  description: null,
  provider: null,
  key_id: null,
  owner_id: 'ana',
  created_at: '2026-11-01T00:00:00.000Z',
  updated_at: null,
}
const keyOf = (id: string, provider: ProviderKey['provider']) => ({ id, provider }) as ProviderKey
const own: OwnedKey = { type: 'user', key: keyOf('own', 'openai') }
const system: OwnedKey = { type: 'system', key: keyOf('system', 'groq') }
const keys = [own, system]

test('an agent has no key of its own, one that the person may see, or one that they may not', () => {
  expect(bindingOf(agent, { keys })).toEqual({ kind: 'automatic' })
  expect(bindingOf({ ...agent, key_id: 'system' }, { keys })).toEqual({ kind: 'known', ...system })
  expect(bindingOf({ ...agent, key_id: 'else’s' }, { keys })).toEqual({ kind: 'hidden' })
})

test('calls go to the agent’s provider, else to that of its key', () => {
  expect(providerOf({ ...agent, provider: 'mistral' }, { keys })).toBe('mistral')
  expect(providerOf({ ...agent, key_id: 'own' }, { keys })).toBe('openai')
  expect(providerOf(agent, { keys })).toBe(null)
})

test('an agent is bound to keys of its provider, and to one’s own only where the agent is one’s own', () => {
  expect(bindableKeys(keys, { provider: null, isMine: true })).toEqual([own, system])
  expect(bindableKeys(keys, { provider: null, isMine: false })).toEqual([system])
  expect(bindableKeys(keys, { provider: 'openai', isMine: true })).toEqual([own])
  expect(bindableKeys(keys, { provider: 'openai', isMine: false })).toEqual([])
})
