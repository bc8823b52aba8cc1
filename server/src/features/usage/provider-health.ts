import { sql } from 'kysely'
import type { ProviderName } from '../../providers/provider.ts'
import type { Ctx } from '../../platform/ctx.ts'
import { within } from './usage.figures.ts'

type Row = { provider: ProviderName; keys: bigint; requests: bigint; errors: bigint; last_error: string | null }

/** How each provider with a key in the caller's reach did in the last hour, by the calls that passed the gateway. */
export async function providerHealth(ctx: Ctx) {
  const since = new Date(ctx.now().getTime() - 3600_000)
  const reach =
    ctx.caller.scope === 'all'
      ? sql`true`
      : sql`(k.tenant_id = ${ctx.caller.tenantId} or k.tenant_id = (select id from tenants where is_root))`
  const { rows } = await sql<Row>`
    select k.provider, count(distinct k.id) as keys, coalesce(max(e.requests), 0) as requests, coalesce(max(e.errors), 0) as errors, max(e.last_error) as last_error
    from provider_keys k left join (
      select provider, count(*) as requests, count(*) filter (where error_source = 'provider') as errors,
        (array_agg(error_code order by admitted_at desc) filter (where error_source = 'provider'))[1] as last_error
      from usage_events where admitted_at >= ${since} and ${within(ctx, {})} group by provider
    ) e on e.provider = k.provider
    where k.status <> 'retired' and k.is_active and ${reach}
    group by k.provider order by k.provider`.execute(ctx.db)
  return rows.map((row) => {
    const requests = Number(row.requests)
    const errors = Number(row.errors)
    return {
      provider: row.provider,
      health: healthOf(requests, errors),
      keys: Number(row.keys),
      requests,
      errors,
      last_error: row.last_error,
    }
  })
}

/** Without calls nothing is known; one failure in ten is trouble, most of them failing is an outage. */
function healthOf(requests: number, errors: number): 'ok' | 'degraded' | 'down' | 'unknown' {
  if (requests === 0) return 'unknown'
  if (errors * 2 > requests) return 'down'
  return errors * 10 > requests ? 'degraded' : 'ok'
}
