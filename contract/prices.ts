import * as z from 'zod/mini'
import { AskedTime, Id, idParams, listOf, page, Provider, Time, Usd } from './common.ts'
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

/** The price that is in force: whose it is, and what a call costs by it. */
export const PriceInForce = z.strictObject({
  provider: Provider,
  model: z.string(),
  /** The tenant whose provider key is billed: its prices go before the installation's, those before the catalogue's. */
  tenant_id: Id,
  at: Time,
  from: z.nullable(z.enum(['tenant', 'installation', 'catalogue'])),
  /** As it is kept with each request. */
  source: z.nullable(z.string()),
  price_id: z.nullable(Id),
  effective_from: z.nullable(Time),
  /** What the catalogue calls the model. */
  catalogue_model: z.nullable(z.string()),
  per_million: z.nullable(z.partial(PerMillion)),
  /** Prices of the whole call once its input has so many tokens, cached ones included; a bucket that is not named stays as it is. */
  tiers: z.array(z.strictObject({ from_input_tokens: z.int(), per_million: z.partial(PerMillion) })),
  /** Why no price is known: the catalogue has no price by tokens for such a model, or one of a like name only. */
  unknown: z.nullable(z.strictObject({ reason: z.enum(['not_in_catalogue', 'only_similar']), similar_to: z.nullable(z.string()) })),
  /** What becomes of calls whose price is unknown. */
  unknown_policy: z.enum(['refuse', 'ceiling']),
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
  resolve: endpoint({
    method: 'GET',
    path: '/api/prices/resolve',
    access: 'prices:read',
    summary: 'The price of a model that is in force at an instant, and where it comes from',
    query: z.strictObject({ provider: Provider, model: Model, at: z.optional(AskedTime), tenant_id: z.optional(Id) }),
    reply: PriceInForce,
    fails: ['not_found'],
    example: { query: { provider: 'openai', model: 'gpt-4o-mini' } },
  }),
  withdraw: endpoint({
    method: 'DELETE',
    path: '/api/prices/{id}',
    access: 'prices:write',
    summary: 'Take a mistaken price back; one by which requests were charged stays, and is followed by a new one',
    params: idParams,
    status: 204,
    reply: z.undefined(),
    fails: ['not_found', 'conflict'],
    example: { params: { id: '01890000-0000-7000-8000-000000000000' } },
  }),
}
