import { accessKeys } from '@llm-manager/contract/access-keys'
import { describe, expect, test } from 'vitest'
import type { AccessKey } from '../access-key.ts'
import { emptyValues, expiryOf, keyChangeBody, newKeyBody, parseTag, valuesOf } from './key-form-values.ts'

const ana = '01890000-0000-7000-8000-000000000001'
const bot = '01890000-0000-7000-8000-000000000002'
const now = new Date(2026, 10, 22, 9, 30)
const key: AccessKey = {
  id: bot,
  name: 'Notebook',
  agent_id: bot,
  user_id: null,
  mode: 'test',
  key_hint: 'lm_test_…abcd',
  models: ['gpt-5-mini'],
  allowed_ips: ['10.0.0.0/8'],
  tags: { equipe: 'vendas' },
  status: 'active',
  expires_at: '2027-01-31T12:34:56.789Z',
  last_used: null,
  created_at: '2026-11-01T00:00:00.000Z',
  updated_at: null,
}

describe('a new key', () => {
  test('of a form with a name alone may do everything, for ever', () => {
    const body = newKeyBody({ ...emptyValues('me'), name: ' Notebook ' }, ana, now)
    expect(body).toEqual({ name: 'Notebook', user_id: ana, mode: 'live', models: null, allowed_ips: null, expires_at: null, tags: {} })
    expect(accessKeys.create.body.safeParse(body).success).toBe(true)
  })

  test('belongs to the person, to an agent, or to the tenant itself', () => {
    const ownerOf = (belongs: string) => {
      const { agent_id, user_id } = newKeyBody(emptyValues(belongs), ana, now) as { agent_id?: string; user_id?: string }
      return { agent_id, user_id }
    }
    expect(ownerOf('me')).toEqual({ user_id: ana, agent_id: undefined })
    expect(ownerOf(bot)).toEqual({ agent_id: bot, user_id: undefined })
    expect(ownerOf('service')).toEqual({ agent_id: undefined, user_id: undefined })
  })
})

describe('the expiry', () => {
  test('is the end of the last day, where the person is', () => {
    expect(expiryOf({ expiry: '30', expires_at: '' }, now)).toBe(new Date(2026, 11, 22, 23, 59, 59).toISOString())
    expect(expiryOf({ expiry: '365', expires_at: '' }, now)).toBe(new Date(2027, 10, 22, 23, 59, 59).toISOString())
    expect(expiryOf({ expiry: 'custom', expires_at: '2026-12-25' }, now)).toBe(new Date(2026, 11, 25, 23, 59, 59).toISOString())
  })

  test('of a day of one’s own that was not chosen is refused by the contract', () => {
    const body = newKeyBody({ ...emptyValues('me'), name: 'K', expiry: 'custom' }, ana, now)
    expect(accessKeys.create.body.safeParse(body).error?.issues.map(({ path }) => path)).toEqual([['expires_at']])
  })
})

describe('a change', () => {
  test('without any change sends what there is, the expiry to the millisecond', () => {
    const { name, models, allowed_ips, tags, expires_at } = key
    expect(keyChangeBody(valuesOf(key), key, now)).toEqual({ name, models, allowed_ips, tags, expires_at })
  })

  test('takes restrictions away where their fields were emptied', () => {
    const emptied = { ...valuesOf(key), models: [], allowed_ips: [], tags: [], expiry: 'never' as const }
    expect(keyChangeBody(emptied, key, now)).toEqual({ name: 'Notebook', models: null, allowed_ips: null, tags: {}, expires_at: null })
  })
})

test('a tag is what stands before the first sign and after it', () => {
  expect([parseTag('equipe=vendas'), parseTag(' a = b=c '), parseTag('solto')]).toEqual([
    ['equipe', 'vendas'],
    ['a', 'b=c'],
    ['solto', ''],
  ])
})
