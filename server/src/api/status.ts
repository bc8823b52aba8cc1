import { status } from '@llm-manager/contract/status'
import { sql } from 'kysely'
import { providerHealth } from '../features/usage/provider-health.ts'
import { bind, type Route } from '../platform/bind.ts'
import { allow, type Ctx } from '../platform/ctx.ts'

/** What the process knows of its own gateway. */
export type GatewayStatus = { openCalls: number; waitingEvents: number; lagSeconds: number; admitting: boolean }

/** The one endpoint whose answer only the process has. */
export function statusRoutes(gateway: { status(): GatewayStatus }): Route[] {
  return bind('status', status, { get: (ctx) => getStatus(ctx, gateway.status()) })
}

async function getStatus(ctx: Ctx, gateway: GatewayStatus) {
  allow(ctx, 'status:read')
  await sql`select 1`.execute(ctx.db)
  const waitsLong = gateway.lagSeconds > 10
  return {
    at: ctx.now().toISOString(),
    version: '0.1.0',
    gateway: { health: gateway.admitting ? ('ok' as const) : ('down' as const), open_calls: gateway.openCalls },
    database: { health: 'ok' as const },
    journal: {
      health: waitsLong ? ('degraded' as const) : ('ok' as const),
      waiting_events: gateway.waitingEvents,
      lag_seconds: gateway.lagSeconds,
    },
    providers: await providerHealth(ctx),
  }
}
