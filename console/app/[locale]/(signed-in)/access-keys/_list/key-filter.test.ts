import { expect, test } from 'vitest'
import { belongingOf } from '../access-key.ts'
import type { AccessKey } from '../access-key.ts'
import { filterKeys, wordsOf } from './key-filter.ts'

const blank: AccessKey = {
  id: '',
  name: '',
  agent_id: null,
  user_id: null,
  mode: 'live',
  key_hint: 'lm_live_…abcd',
  models: null,
  allowed_ips: null,
  tags: {},
  status: 'active',
  expires_at: null,
  last_used: null,
  created_at: '2026-11-01T00:00:00.000Z',
  updated_at: null,
}
const mine: AccessKey = { ...blank, id: 'mine', name: 'Notebook', user_id: 'ana' }
const colleagues: AccessKey = { ...blank, id: 'colleagues', user_id: 'bia', status: 'revoked', created_at: '2026-11-09T00:00:00.000Z' }
const agents: AccessKey = { ...blank, id: 'agents', agent_id: 'bot', models: ['gpt-5-mini'], tags: { equipe: 'vendas' }, status: 'expired' }
const service: AccessKey = { ...blank, id: 'service', created_at: '2026-11-02T00:00:00.000Z' }
const keys = [colleagues, agents, mine, service]
const idsOf = (shown: readonly AccessKey[]) => shown.map(({ id }) => id)

test('keys that work come first, the newest of them at the top, and revoked ones last', () => {
  expect(idsOf(filterKeys(keys, { belongs: null, status: null }, 'ana'))).toEqual(['service', 'mine', 'agents', 'colleagues'])
})

test('a list is narrowed to whose keys they are', () => {
  const of = (belongs: string) => idsOf(filterKeys(keys, { belongs, status: null }, 'ana'))
  expect([of('me'), of('service'), of('bot'), of('other-bot')]).toEqual([['mine'], ['service'], ['agents'], []])
})

test('and to a state', () => {
  expect(idsOf(filterKeys(keys, { belongs: null, status: 'expired' }, 'ana'))).toEqual(['agents'])
  expect(idsOf(filterKeys(keys, { belongs: 'me', status: 'expired' }, 'ana'))).toEqual([])
})

test('a key is found by its name, hint, owner, models and tags', () => {
  const known = { meId: 'ana', agents: [{ id: 'bot', name: 'Atendimento' }], users: [] }
  expect(wordsOf(agents, known)).toEqual(['', 'lm_live_…abcd', 'Atendimento', 'gpt-5-mini', 'equipe=vendas'])
})

test('whose a key is, is said as far as the person may know it', () => {
  const known = { meId: 'ana', agents: [{ id: 'bot', name: 'Atendimento' }], users: [{ id: 'bia', name: 'Bia' }] }
  expect(keys.map((key) => belongingOf(key, known))).toEqual([
    { kind: 'user', name: 'Bia' },
    { kind: 'agent', id: 'bot', name: 'Atendimento' },
    { kind: 'me' },
    { kind: 'service' },
  ])
  expect(belongingOf({ agent_id: 'retired', user_id: null }, known)).toEqual({ kind: 'agent', id: 'retired', name: null })
})
