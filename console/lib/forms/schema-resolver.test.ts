import { accessKeys } from '@llm-manager/contract/access-keys'
import { NewProviderKey } from '@llm-manager/contract/provider-keys'
import { sessions } from '@llm-manager/contract/sessions'
import type { FieldValues } from 'react-hook-form'
import { expect, test } from 'vitest'
import { faultOf, fieldAt, schemaResolver } from './schema-resolver.ts'
import type { BodySchema } from './schema-resolver.ts'

async function faultsOf(schema: BodySchema, values: FieldValues, toBody: (values: FieldValues) => unknown = (same) => same) {
  const { errors } = await schemaResolver(schema, toBody)(values, undefined, { fields: {}, shouldUseNativeValidation: false })
  const messages = Object.entries(errors as Record<string, { message: string }>)
  return Object.fromEntries(messages.map(([field, { message }]) => [field, JSON.parse(message) as unknown]))
}

test('a form is checked as the API will check it', async () => {
  const faults = await faultsOf(sessions.setUp.body, { token: 't', name: '', email: 'ana', password: 'short' })
  expect(faults).toEqual({ name: { type: 'required' }, email: { type: 'email' }, password: { type: 'tooShort', limit: 12 } })
})

test('what is right passes', async () => {
  expect(
    await faultsOf(sessions.setUp.body, { token: 't', name: 'Ana', email: 'ana@example.com', password: 'correct horse battery' }),
  ).toEqual({})
})

test('a fault inside options is put at the field it was typed in', async () => {
  const toBody = ({ deployment, ...rest }: FieldValues) => ({ ...rest, options: { deployment } })
  const faults = await faultsOf(NewProviderKey, { provider: 'azure', api_key: 'k', deployment: 'x'.repeat(121) }, toBody)
  expect(faults).toEqual({ deployment: { type: 'tooLong', limit: 120 } })
})

test('numbers and addresses are named as such', async () => {
  expect(await faultsOf(NewProviderKey, { provider: 'openai', api_key: 'k', usage_limit: -1, base_url: 'ftp://x' })).toEqual({
    usage_limit: { type: 'tooSmall', limit: 0 },
    base_url: { type: 'url' },
  })
  expect(await faultsOf(accessKeys.create.body, { name: 'Laptop', allowed_ips: ['10.0.0.300'] })).toEqual({
    allowed_ips: { type: 'address' },
  })
})

test('a number that must be whole, or has too many decimals, is told so', () => {
  expect(faultOf({ code: 'whole', path: ['amount'] }, 1.5)).toEqual({ type: 'whole' })
  expect(faultOf({ code: 'decimals', path: ['amount'] }, 1e-10)).toEqual({ type: 'decimals' })
})

test('a fault of no field belongs to the whole form', () => {
  expect(fieldAt(['options', 'api_version'], ['name', 'api_version'])).toBe('api_version')
  expect(fieldAt(['models', '0'], ['models'])).toBe('models')
  expect(fieldAt(['elsewhere'], ['name'])).toBe('root')
  expect(fieldAt([], ['name'])).toBe('root')
})
