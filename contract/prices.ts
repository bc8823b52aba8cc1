import * as z from 'zod/mini'
import { Id, listOf, page, Provider, Time, Usd } from './common.ts'
import { endpoint } from './endpoint.ts'

const bucket = z.optional(Usd)

/** US dollars per million tokens of each bucket; a bucket without a price of its own falls back as MONEY says. */
export const PerMillion = z.strictObject({
  input: Usd,
  cache_read: bucket,
  cache_write: bucket,
  cache_write_long: bucket,
  output: Usd,
  reasoning: bucket,
  audio_input: bucket,
  audio_output: bucket,
  image: bucket,
})

export const Price = z.strictObject({
  id: Id,
  tenant_id: Id,
  provider: Provider,
  model: z.string(),
  effective_from: Time,
  per_million: PerMillion,
  created_at: Time,
})

const Model = z.string().check(z.minLength(1), z.maxLength(200))

/** Prices set by people; they go before the built-in catalogue. */
export const prices = {
  create: endpoint({
    method: 'POST',
    path: '/api/prices',
    access: 'prices:write',
    summary: 'Set a price from an instant on',
    body: z.strictObject({ provider: Provider, model: Model, effective_from: Time, per_million: PerMillion, tenant_id: z.optional(Id) }),
    status: 201,
    reply: Price,
    fails: ['conflict', 'not_found'],
    example: {
      body: { provider: 'openai', model: 'gpt-4o-mini', effective_from: '2026-01-01T00:00:00Z', per_million: { input: 0.15, output: 0.6 } },
    },
  }),
  list: endpoint({
    method: 'GET',
    path: '/api/prices',
    access: 'prices:read',
    summary: 'The prices set by people',
    query: z.strictObject({ ...page, provider: z.optional(Provider) }),
    reply: listOf(Price),
    example: {},
  }),
}
