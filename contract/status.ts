import * as z from 'zod/mini'
import { Provider, Time } from './common.ts'
import { endpoint } from './endpoint.ts'

const Health = z.enum(['ok', 'degraded', 'down', 'unknown'])

export const status = {
  get: endpoint({
    method: 'GET',
    path: '/api/status',
    access: 'status:read',
    summary: 'Is it healthy: gateway, database, journal, and each provider in use',
    reply: z.strictObject({
      at: Time,
      version: z.string(),
      gateway: z.strictObject({ health: Health, open_calls: z.int() }),
      database: z.strictObject({ health: Health }),
      journal: z.strictObject({ health: Health, waiting_events: z.int(), lag_seconds: z.number() }),
      providers: z.array(
        z.strictObject({
          provider: Provider,
          health: Health,
          keys: z.int(),
          requests: z.int(),
          errors: z.int(),
          last_error: z.nullable(z.string()),
        }),
      ),
    }),
    example: {},
  }),
}
