import * as z from 'zod/mini'
import { Provider, Time, Id } from './common.ts'
import { endpoint } from './endpoint.ts'
import { ApiKey, BaseUrl, KeyValidation, Options } from './provider-keys.ts'

const KeyUsage = z.strictObject({
  provider: Provider,
  current_usage: z.number(),
  usage_limit: z.nullable(z.number()),
  usage_percentage: z.nullable(z.number()),
  last_used: z.nullable(Time),
  is_active: z.boolean(),
  key_id: Id,
  name: z.string(),
})

/** The rest of the key API: the providers, asking one about a key, and what the keys were used for. */
export const providers = {
  list: endpoint({
    method: 'GET',
    path: '/api/llm/providers',
    access: 'signed_in',
    summary: 'The ten providers',
    reply: z.strictObject({
      providers: z.array(
        z.strictObject({
          value: Provider,
          name: z.string(),
          description: z.string(),
          base_url: z.nullable(z.string()),
          needs_api_key: z.boolean(),
          needs_base_url: z.boolean(),
        }),
      ),
      total: z.int(),
    }),
    example: {},
  }),
  validate: endpoint({
    method: 'POST',
    path: '/api/llm/validate',
    access: 'signed_in',
    summary: 'Ask a provider whether it takes a key; nothing is stored',
    body: z.strictObject({
      provider: Provider,
      api_key: z.optional(ApiKey),
      base_url: z.optional(z.nullable(BaseUrl)),
      options: z.optional(Options),
    }),
    reply: KeyValidation,
    example: { body: { provider: 'openai', api_key: 'sk-…' } },
  }),
  usageStats: endpoint({
    method: 'GET',
    path: '/api/llm/usage/stats',
    access: 'signed_in',
    summary: 'What the caller’s keys, and the system keys they may see, were used for',
    reply: z.strictObject({ user_keys: z.array(KeyUsage), system_keys: z.array(KeyUsage), total_usage: z.number() }),
    example: {},
  }),
}
