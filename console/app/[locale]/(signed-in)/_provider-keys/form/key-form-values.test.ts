import { NewProviderKey, ProviderKeyChange } from '@llm-manager/contract/provider-keys'
import { expect, test } from 'vitest'
import type { ProviderKey } from '../key-kinds.ts'
import { emptyValues, keyChangeBody, newKeyBody, valuesOf } from './key-form-values.ts'

const stored: ProviderKey = {
  id: '01990000-0000-7000-8000-000000000001',
  provider: 'azure',
  usage_limit: 1234.5,
  is_active: true,
  current_usage: 0,
  last_used: null,
  created_at: '2026-11-22T12:00:00Z',
  updated_at: null,
  name: 'Azure',
  key_hint: '…',
  base_url: 'https://x.openai.azure.com/openai/v1',
  options: { deployment: 'gpt' },
  status: 'active',
  status_reason: null,
  sandbox: false,
  weight: 100,
  priority: 0,
  expires_at: null,
  validated_at: null,
}

test('what is typed becomes a body that the contract takes', () => {
  const body = newKeyBody({ ...emptyValues(), api_key: ' sk-1 ', usage_limit: '1.000,50', organization: 'org-1', weight: '10' }, 'pt-BR')
  expect(body).toEqual({
    provider: 'openai',
    api_key: 'sk-1',
    name: 'OpenAI',
    base_url: null,
    usage_limit: 1000.5,
    expires_at: null,
    sandbox: false,
    options: { organization: 'org-1' },
    weight: 10,
    validate: true,
  })
  expect(NewProviderKey.safeParse(body).success).toBe(true)
})

test('the model behind a deployment goes with it, and not without', () => {
  const azure = { ...emptyValues(), provider: 'azure' as const, api_key: 'k', base_url: 'https://x.openai.azure.com', model: ' gpt-4o ' }
  expect(newKeyBody({ ...azure, deployment: 'prod' }, 'en')).toMatchObject({ options: { deployment: 'prod', model: 'gpt-4o' } })
  const issues = NewProviderKey.safeParse(newKeyBody(azure, 'en')).error?.issues ?? []
  expect(issues.map(({ path }) => path.join('.'))).toEqual(['options.deployment'])
})

test('options of another provider stay behind when the provider is changed', () => {
  expect(newKeyBody({ ...emptyValues(), provider: 'groq', deployment: 'x', organization: 'y' }, 'en')).not.toHaveProperty('options')
})

test('a key that is missing is found so before it is sent, except where the provider needs none', () => {
  const issuesOf = (provider: 'openai' | 'ollama') =>
    NewProviderKey.safeParse(newKeyBody({ ...emptyValues(), provider }, 'en')).error?.issues.map(({ path }) => path.join('.'))
  expect(issuesOf('openai')).toEqual(['api_key'])
  expect(issuesOf('ollama')).toBeUndefined()
})

test('an unchanged form asks for nothing that needs the secret again', () => {
  const body = keyChangeBody(valuesOf(stored, 'pt-BR'), stored, 'pt-BR')
  expect(body).not.toHaveProperty('api_key')
  expect(body).not.toHaveProperty('base_url')
  expect(body).toMatchObject({ name: 'Azure', usage_limit: 1234.5, options: { deployment: 'gpt' }, weight: 100, priority: 0 })
  expect(ProviderKeyChange.safeParse(body).success).toBe(true)
})

test('a limit that is no number is refused, not taken for none', () => {
  expect(NewProviderKey.safeParse(newKeyBody({ ...emptyValues(), api_key: 'k', usage_limit: 'mil' }, 'pt-BR')).success).toBe(false)
  expect(newKeyBody({ ...emptyValues(), usage_limit: '' }, 'pt-BR').usage_limit).toBeNull()
})

test('a key is used until the end of the day that is chosen', () => {
  const { expires_at } = newKeyBody({ ...emptyValues(), expires_at: '2026-12-31' }, 'en')
  expect(new Date(expires_at ?? '').toString()).toContain('Dec 31 2026 23:59:59')
})
