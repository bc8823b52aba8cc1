import * as z from 'zod/mini'
import { AskedTime, Id, idParams, listOf, page, Provider, Time, Usd } from './common.ts'
import { endpoint } from './endpoint.ts'
import { metrics, subjectTypes, windows } from './quotas.ts'

/** Buckets that do not overlap: each token is in exactly one. `cache_write_long`: written to a cache for an hour. */
const Tokens = z.strictObject({
  input: z.int(),
  cache_read: z.int(),
  cache_write: z.int(),
  cache_write_long: z.int(),
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
  /** US dollars as they stand, corrections included; null = unknown. */
  cost: z.nullable(z.number()),
  estimated: z.boolean(),
  unresolved: z.boolean(),
  duration_ms: z.int(),
  first_byte_ms: z.nullable(z.int()),
})

/**
 * One line of a charge: tokens of one bucket at one price. Without a price by tokens the bucket says why: `provider` told the cost itself,
 * `reserved` is the worst case since nobody knows what was used, `other` is anything else.
 */
const PriceLine = z.strictObject({ bucket: z.string(), tokens: z.int(), usd_per_million: z.nullable(z.number()), cost: z.number() })

/** The price that a request was charged by. `version`: of a price that was set the instant it took effect, of the catalogue its release. */
const ChargedPrice = z.strictObject({
  kind: z.enum(['set', 'catalogue', 'ceiling', 'provider', 'other']),
  source: z.string(),
  version: z.nullable(z.string()),
  price_id: z.nullable(Id),
  /** The catalogue's name of the model, where it is another than the request's. */
  model: z.nullable(z.string()),
})

/** A limit that a request counted in. `posted`: US dollars for `cost`, else a count. */
const CountedIn = z.strictObject({
  limit_id: Id,
  subject_type: z.enum(subjectTypes),
  metric: z.enum(metrics),
  window: z.enum(windows),
  window_start: Time,
  posted: z.number(),
})

export const correctionReasons = ['price_changed', 'price_was_unknown', 'invoice', 'unresolved_call', 'other'] as const
const Reason = z.enum(correctionReasons)

/** What became known of a charge later. `amount` in US dollars, below zero where too much was charged. */
const Correction = z.strictObject({
  id: Id,
  event_id: Id,
  amount: z.number(),
  /** The request had no cost before. */
  was_unknown: z.boolean(),
  reason: Reason,
  note: z.nullable(z.string()),
  made_by: z.nullable(Id),
  created_at: Time,
})

const SignedUsd = z.number().check(
  z.minimum(-1_000_000_000),
  z.maximum(1_000_000_000),
  z.refine((usd) => Number(usd.toFixed(9)) === usd, { error: 'decimals' }),
)

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
    summary: 'Single requests, newest first; with `request_id`, as `x-request-id` told it, of any time',
    query: z.strictObject({
      ...page,
      ...range,
      ...filters,
      outcome: z.optional(z.enum(['ok', 'error'])),
      request_id: z.optional(z.string().check(z.minLength(1), z.maxLength(100))),
    }),
    reply: listOf(UsageEvent),
    example: {},
  }),
  event: endpoint({
    method: 'GET',
    path: '/api/usage/events/{id}',
    access: 'usage:read',
    summary: 'One request and how its cost came about: lines, price, usage as reported, reservation, limits, corrections',
    params: idParams,
    reply: z.extend(UsageEvent, {
      /** As it was charged at first; the lines add up to it. */
      charged: z.nullable(z.number()),
      lines: z.array(PriceLine),
      price_source: z.nullable(z.string()),
      price: z.nullable(ChargedPrice),
      /** The provider's own words for what was used. */
      raw_usage: z.nullable(z.record(z.string(), z.unknown())),
      reserved: z.number(),
      limits: z.array(CountedIn),
      corrections: z.array(Correction),
    }),
    fails: ['not_found'],
    example: { params: { id: '01890000-0000-7000-8000-000000000000' } },
  }),
  correct: endpoint({
    method: 'POST',
    path: '/api/usage/corrections',
    access: 'usage:correct',
    summary: 'Correct the cost of a request: to `cost`, or by `amount`; the request itself stays as it was',
    body: z
      .strictObject({
        event_id: Id,
        cost: z.optional(Usd),
        amount: z.optional(SignedUsd),
        reason: Reason,
        note: z.optional(z.nullable(z.string().check(z.trim(), z.maxLength(1000)))),
      })
      .check(z.refine(({ cost, amount }) => (cost === undefined) !== (amount === undefined), { path: ['cost'], error: 'cost or amount' })),
    status: 201,
    reply: z.extend(Correction, { cost: z.number() }),
    fails: ['not_found', 'forbidden', 'rule_broken'],
    example: { body: { event_id: '01890000-0000-7000-8000-000000000000', cost: 0.0125, reason: 'invoice', note: 'Invoice 2026-11' } },
  }),
  rerate: endpoint({
    method: 'POST',
    path: '/api/prices/rerate',
    access: 'usage:correct',
    summary: 'Rate requests of a range again by the prices in force at their instant; corrects what differs, or shows what would be',
    body: z.strictObject({
      from: AskedTime,
      to: AskedTime,
      provider: z.optional(Provider),
      model: z.optional(z.string().check(z.minLength(1), z.maxLength(200))),
      tenant_id: z.optional(Id),
      apply: z._default(z.boolean(), false),
    }),
    reply: z.strictObject({
      from: Time,
      to: Time,
      applied: z.boolean(),
      /** Requests whose cost differs, by model. */
      items: z.array(
        z.strictObject({ provider: Provider, model: z.string(), requests: z.int(), old_cost: z.number(), new_cost: z.number() }),
      ),
      /** Requests whose cost is right; whose price is unknown; whose cost is not by tokens, or was corrected by hand. */
      unchanged: z.int(),
      unknown: z.int(),
      kept: z.int(),
    }),
    fails: ['not_found'],
    example: { body: { from: '2026-11-01T00:00:00Z', to: '2026-12-01T00:00:00Z', provider: 'openai', model: 'gpt-4o-mini' } },
  }),
}
