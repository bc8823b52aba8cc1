import * as z from 'zod/mini'
import { AskedTime, Id, idParams, listOf, page, Provider, Time, Usd } from './common.ts'
import { endpoint } from './endpoint.ts'

export const subjectTypes = ['tenant', 'group', 'user', 'agent', 'access_key', 'provider_key'] as const
export const metrics = ['cost', 'tokens', 'requests', 'parallel'] as const
export const windows = ['minute', 'hour', 'day', 'week', 'month', 'total'] as const

const SubjectType = z.enum(subjectTypes)
const Metric = z.enum(metrics)
const Window = z.enum(windows)

/** US dollars for `cost`, else a whole number of tokens, requests or calls at once. */
const Amount = z.number().check(z.minimum(0), z.maximum(Number.MAX_SAFE_INTEGER))

/** An amount in the unit of its metric: dollars have at most 9 decimals, everything else none. */
export function isAmountOf(metric: (typeof metrics)[number], amount: number): boolean {
  return metric === 'cost' ? z.safeParse(Usd, amount).success : Number.isSafeInteger(amount)
}

/** Parts of the amount at which somebody is to be told: 0.8 is 80 %. */
const Thresholds = z.array(z.number().check(z.gt(0), z.maximum(10))).check(z.maxLength(10))

export const Quota = z.strictObject({
  id: Id,
  tenant_id: Id,
  subject_type: SubjectType,
  subject_id: Id,
  subject_name: z.nullable(z.string()),
  metric: Metric,
  amount: z.number(),
  window: Window,
  /** IANA zone of calendar windows. */
  timezone: z.string(),
  /** Windows of fixed length begin here instead of with the calendar. */
  anchor: z.nullable(Time),
  /** Whether calls are refused at the amount; else it is only watched. */
  hard: z.boolean(),
  thresholds: z.array(z.number()),
  provider: z.nullable(Provider),
  model: z.nullable(z.string()),
  /** `usage_limit`: set with its provider key, and changed there. */
  origin: z.enum(['quota', 'usage_limit']),
  /** Set from above: only a platform administrator changes it. */
  imposed: z.boolean(),
  window_start: Time,
  /** When the next window begins; null for `total` and `parallel`. */
  resets_at: z.nullable(Time),
  /** What finished calls have used in this window. */
  used: z.number(),
  /** What gateways hold for calls under way and calls to come; for `parallel`, the places they hold. */
  reserved: z.number(),
  /** Charged without proof after a gateway was lost, until its journal comes back; part of `used`. */
  unproved: z.number(),
  created_at: Time,
  updated_at: z.nullable(Time),
})

const QuotaWindow = z.strictObject({
  window_start: Time,
  window_end: z.nullable(Time),
  amount: z.number(),
  used: z.number(),
  unproved: z.number(),
  is_current: z.boolean(),
})

const example = { params: { id: '01890000-0000-7000-8000-000000000000' } }

/** Limits on what a subject may use in a window of time; all that apply to a call must have room for it. */
export const quotas = {
  create: endpoint({
    method: 'POST',
    path: '/api/quotas',
    access: 'quotas:write',
    summary: 'Set a limit',
    body: z.strictObject({
      subject_type: SubjectType,
      subject_id: Id,
      metric: Metric,
      amount: Amount,
      window: z._default(Window, 'total'),
      timezone: z.optional(z.string().check(z.minLength(1), z.maxLength(60))),
      anchor: z.optional(z.nullable(AskedTime)),
      hard: z._default(z.boolean(), true),
      thresholds: z._default(Thresholds, [0.8, 1]),
      provider: z.optional(z.nullable(Provider)),
      model: z.optional(z.nullable(z.string().check(z.minLength(1), z.maxLength(200)))),
    }),
    status: 201,
    reply: Quota,
    fails: ['not_found', 'rule_broken', 'conflict'],
    example: {
      body: { subject_type: 'user', subject_id: '01890000-0000-7000-8000-000000000000', metric: 'cost', amount: 25, window: 'month' },
    },
  }),
  list: endpoint({
    method: 'GET',
    path: '/api/quotas',
    access: 'quotas:read',
    summary: 'The limits the caller may see, with what is used of each',
    query: z.strictObject({
      ...page,
      tenant_id: z.optional(Id),
      subject_type: z.optional(SubjectType),
      subject_id: z.optional(Id),
      metric: z.optional(Metric),
    }),
    reply: listOf(Quota),
    example: {},
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/quotas/{id}',
    access: 'quotas:read',
    summary: 'One limit',
    params: idParams,
    reply: Quota,
    fails: ['not_found'],
    example,
  }),
  change: endpoint({
    method: 'PATCH',
    path: '/api/quotas/{id}',
    access: 'quotas:write',
    summary: 'Change a limit; `usage` says whether what is used in this window stays or counting starts over',
    params: idParams,
    body: z.strictObject({
      amount: z.optional(Amount),
      hard: z.optional(z.boolean()),
      thresholds: z.optional(Thresholds),
      usage: z._default(z.enum(['keep', 'start_over']), 'keep'),
    }),
    reply: Quota,
    fails: ['not_found', 'rule_broken', 'conflict'],
    example: { ...example, body: { amount: 50 } },
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/quotas/{id}',
    access: 'quotas:write',
    summary: 'Lift a limit; its history stays',
    params: idParams,
    status: 204,
    reply: z.undefined(),
    fails: ['not_found', 'conflict'],
    example,
  }),
  history: endpoint({
    method: 'GET',
    path: '/api/quotas/{id}/history',
    access: 'quotas:read',
    summary: 'The windows of a limit in which something was used, newest first',
    params: idParams,
    query: z.strictObject(page),
    reply: listOf(QuotaWindow),
    fails: ['not_found'],
    example,
  }),
}
