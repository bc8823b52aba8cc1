import { status } from '@llm-manager/contract/status'
import { sql } from 'kysely'
import { providerHealth } from '../features/usage/provider-health.ts'
import { bind, type Route } from '../platform/bind.ts'
import { allow, type Ctx } from '../platform/ctx.ts'

/** What the gateway says of itself; of several workers together: sums, the longest lag, and whether any admits calls. */
export type GatewayStatus = {
  openCalls: number
  waitingEvents: number
  lagSeconds: number
  admitting: boolean
  /** Why calls are not admitted, or which worker admits none. */
  problems: string[]
  /** What comes close to that. */
  warnings: string[]
  journalBytes: number
  journalBoundBytes: number
}

/** The gateway as the API sees it: in this process, or in several others. */
export type GatewayView = {
  status(): Promise<GatewayStatus>
  /** Everything counted, in the text that Prometheus reads. */
  metrics(): Promise<string>
}

/** The one endpoint whose answer only the process has. */
export function statusRoutes(gateway: GatewayView): Route[] {
  return bind('status', status, { get: async (ctx) => getStatus(ctx, await gateway.status()) })
}

async function getStatus(ctx: Ctx, gateway: GatewayStatus) {
  allow(ctx, 'status:read')
  await sql`select 1`.execute(ctx.db)
  const isBehind = gateway.lagSeconds > 10 || gateway.warnings.length > 0
  return {
    at: ctx.now().toISOString(),
    version: '0.1.0',
    gateway: { health: gatewayHealth(gateway), open_calls: gateway.openCalls },
    database: { health: 'ok' as const },
    journal: {
      health: isBehind ? ('degraded' as const) : ('ok' as const),
      waiting_events: gateway.waitingEvents,
      lag_seconds: gateway.lagSeconds,
    },
    providers: await providerHealth(ctx),
  }
}

function gatewayHealth({ admitting, problems }: { admitting: boolean; problems: string[] }): 'ok' | 'degraded' | 'down' {
  if (!admitting) return 'down'
  return problems.length > 0 ? 'degraded' : 'ok'
}
