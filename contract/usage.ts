import * as z from 'zod/mini'
import { AskedTime, Id, idParams, listOf, page, Provider, Time } from './common.ts'
import { endpoint } from './endpoint.ts'

const Tokens = z.strictObject({
  input: z.int(),
  cache_read: z.int(),
  cache_write: z.int(),
  output: z.int(),
  reasoning: z.int(),
  audio: z.int(),
  image: z.int(),
  total: z.int(),
})

const figures = {
  requests: z.int(),
  errors: z.int(),
  tokens: Tokens,
  /** US dollars of every request whose price is known. */
  cost: z.number(),
  unknown_cost_requests: z.int(),
  estimated_requests: z.int(),
}

const dimensions = ['provider', 'model', 'access_key', 'user', 'agent', 'provider_key'] as const
const GroupBy = z.enum(dimensions)

const range = { from: z.optional(AskedTime), to: z.optional(AskedTime) }
const filters = {
  tenant_id: z.optional(Id),
  provider: z.optional(Provider),
  model: z.optional(z.string().check(z.maxLength(200))),
  access_key_id: z.optional(Id),
  user_id: z.optional(Id),
  agent_id: z.optional(Id),
  provider_key_id: z.optional(Id),
}

const UsageEvent = z.strictObject({
  id: Id,
  at: Time,
  request_id: z.string(),
  access_key_id: Id,
  user_id: z.nullable(Id),
  agent_id: z.nullable(Id),
  provider_key_id: Id,
  provider: Provider,
  model: z.string(),
  endpoint: z.string(),
  stream: z.boolean(),
  outcome: z.string(),
  error_source: z.nullable(z.enum(['gateway', 'provider', 'client'])),
  error_code: z.nullable(z.string()),
  http_status: z.nullable(z.int()),
  tokens: Tokens,
  cost: z.nullable(z.number()),
  estimated: z.boolean(),
  unresolved: z.boolean(),
  duration_ms: z.int(),
  first_byte_ms: z.nullable(z.int()),
})

/** One line of a charge: tokens of one bucket at one price. */
const PriceLine = z.strictObject({ bucket: z.string(), tokens: z.int(), usd_per_million: z.number(), cost: z.number() })

/** What was used and what it cost; the same source for every page. Ranges are half-open, by default the last 24 hours. */
export const usage = {
  summary: endpoint({
    method: 'GET',
    path: '/api/usage/summary',
    access: 'usage:read',
    summary: 'Requests, errors, tokens and cost of a range',
    query: z.strictObject({ ...range, ...filters }),
    reply: z.strictObject({ from: Time, to: Time, ...figures }),
    example: {},
  }),
  timeseries: endpoint({
    method: 'GET',
    path: '/api/usage/timeseries',
    access: 'usage:read',
    summary: 'The same figures by hour or day, optionally by one dimension',
    query: z.strictObject({
      ...range,
      ...filters,
      bucket: z._default(z.enum(['hour', 'day']), 'hour'),
      tz: z._default(z.string().check(z.maxLength(60)), 'UTC'),
      group_by: z.optional(GroupBy),
    }),
    reply: z.strictObject({
      from: Time,
      to: Time,
      items: z.array(z.strictObject({ start: Time, group: z.nullable(z.string()), ...figures })),
    }),
    example: {},
  }),
  breakdown: endpoint({
    method: 'GET',
    path: '/api/usage/breakdown',
    access: 'usage:read',
    summary: 'The same figures by one dimension, dearest first',
    query: z.strictObject({ ...range, ...filters, group_by: GroupBy }),
    reply: z.strictObject({
      from: Time,
      to: Time,
      items: z.array(z.strictObject({ group: z.nullable(z.string()), name: z.nullable(z.string()), ...figures })),
    }),
    example: { query: { group_by: 'model' } },
  }),
  events: endpoint({
    method: 'GET',
    path: '/api/usage/events',
    access: 'usage:read',
    summary: 'Single requests, newest first',
    query: z.strictObject({ ...page, ...range, ...filters, outcome: z.optional(z.enum(['ok', 'error'])) }),
    reply: listOf(UsageEvent),
    example: {},
  }),
  event: endpoint({
    method: 'GET',
    path: '/api/usage/events/{id}',
    access: 'usage:read',
    summary: 'One request with each line of its price',
    params: idParams,
    reply: z.extend(UsageEvent, { lines: z.array(PriceLine), price_source: z.nullable(z.string()) }),
    fails: ['not_found'],
    example: { params: { id: '01890000-0000-7000-8000-000000000000' } },
  }),
}
