import * as z from 'zod/mini'
import { Id, Name, Provider, Time, Usd } from './common.ts'

/** What the key API says of a provider key; the secret itself never leaves again. */
export const ProviderKey = z.strictObject({
  id: Id,
  provider: Provider,
  usage_limit: z.nullable(z.number()),
  is_active: z.boolean(),
  current_usage: z.number(),
  last_used: z.nullable(Time),
  created_at: Time,
  updated_at: z.nullable(Time),
  name: z.string(),
  key_hint: z.string(),
  base_url: z.nullable(z.string()),
  options: z.record(z.string(), z.string()),
  status: z.enum(['unverified', 'active', 'degraded', 'invalid', 'disabled', 'expired', 'limit_reached']),
  status_reason: z.nullable(z.string()),
  sandbox: z.boolean(),
  weight: z.int(),
  priority: z.int(),
  expires_at: z.nullable(Time),
  validated_at: z.nullable(Time),
})

/** A provider's secret as pasted; cleaned of quotes and white space before use. */
export const ApiKey = z.string().check(z.minLength(1), z.maxLength(4096))

/**
 * Provider options: Azure's `deployment`, `model` and `api_version`, OpenAI's `organization` and `project`. `model` is the catalogue's name of
 * the model behind the deployment: by that calls are priced, allowed and recorded. Without it their price is unknown.
 */
export const Options = z
  .strictObject({
    deployment: z.optional(z.string().check(z.minLength(1), z.maxLength(120))),
    model: z.optional(z.string().check(z.regex(/^[\x21-\x7e]{1,200}$/))),
    api_version: z.optional(z.string().check(z.regex(/^[0-9A-Za-z.-]{1,40}$/))),
    organization: z.optional(z.string().check(z.regex(/^[0-9A-Za-z_-]{1,120}$/))),
    project: z.optional(z.string().check(z.regex(/^[0-9A-Za-z_-]{1,120}$/))),
  })
  .check(z.refine(({ deployment, model }) => model === undefined || deployment !== undefined, { path: ['deployment'], error: 'required' }))

const BaseUrl = z.url({ protocol: /^https?$/ }).check(z.maxLength(500))

const settings = {
  usage_limit: z.optional(z.nullable(Usd)),
  is_active: z.optional(z.boolean()),
  name: z.optional(Name),
  base_url: z.optional(z.nullable(BaseUrl)),
  options: z.optional(Options),
  expires_at: z.optional(z.nullable(Time)),
  sandbox: z.optional(z.boolean()),
  weight: z.optional(z.int().check(z.minimum(0), z.maximum(1000))),
  priority: z.optional(z.int().check(z.minimum(0), z.maximum(1000))),
  validate: z._default(z.boolean(), true),
}

export const NewProviderKey = z.strictObject({ provider: Provider, api_key: z.optional(ApiKey), ...settings })
/** A partial update: what is not named stays. The provider of a key never changes. */
export const ProviderKeyChange = z.strictObject({ api_key: z.optional(ApiKey), ...settings })

export const KeyRemoved = z.strictObject({ message: z.string() })

/** The outcome of asking a provider whether it takes a key. */
export const KeyValidation = z.strictObject({
  is_valid: z.boolean(),
  provider: Provider,
  message: z.string(),
  model_info: z.strictObject({
    provider: Provider,
    status: z.enum(['active', 'no_credit', 'throttled', 'restricted', 'blocked', 'invalid', 'unreachable']),
    reason: z.nullable(z.string()),
  }),
})
export { BaseUrl }
