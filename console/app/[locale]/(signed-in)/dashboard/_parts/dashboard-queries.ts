import { accessKeys, quotas, status, systemKeys, usage, userKeys } from '#lib/api/endpoints.ts'
import type { PageQuery } from '#lib/api/page-data.tsx'
import { bucketOf, comparedSpanOf, spanOf } from '#lib/range.ts'
import type { RangeId } from '#lib/range.ts'
import { firstPage } from '../../_parts/first-page.ts'

/*
 * Spans end now, so their instants differ at each asking; queries are named by their range instead. The page's server
 * and the browser name them alike, and the first paint has the figures.
 */

export function summaryQuery(range: RangeId) {
  return { endpoint: usage.summary, key: { range }, sent: () => ({ query: spanOf(range, Date.now()) }) }
}

/** The same figures of the span that the range is compared with. */
export function comparedQuery(range: RangeId) {
  return { endpoint: usage.summary, key: { range, compared: true }, sent: () => ({ query: comparedSpanOf(range, Date.now()) }) }
}

export function seriesQuery(range: RangeId, timeZone: string) {
  const bucket = bucketOf(range)
  return {
    endpoint: usage.timeseries,
    key: { range, timeZone },
    sent: () => ({ query: { ...spanOf(range, Date.now()), bucket, tz: timeZone } }),
  }
}

export function modelsQuery(range: RangeId) {
  return {
    endpoint: usage.breakdown,
    key: { range, by: 'model' },
    sent: () => ({ query: { ...spanOf(range, Date.now()), group_by: 'model' as const } }),
  }
}

/** Enough single errors to tell their causes apart. */
export function errorsQuery(range: RangeId) {
  const limit = 100
  return {
    endpoint: usage.events,
    key: { range, outcome: 'error' },
    sent: () => ({ query: { ...spanOf(range, Date.now()), outcome: 'error' as const, limit } }),
  }
}

export const accessKeysQuery = { endpoint: accessKeys.list, sent: { query: { limit: 200 } } }

/** What the dashboard begins with. */
export function dashboardQueries(range: RangeId, timeZone: string): PageQuery[] {
  const moving = [summaryQuery(range), comparedQuery(range), seriesQuery(range, timeZone), modelsQuery(range), errorsQuery(range)]
  return [
    { endpoint: status.get },
    { endpoint: systemKeys.list },
    { endpoint: userKeys.list },
    accessKeysQuery,
    { endpoint: quotas.list, sent: firstPage() },
    ...moving.map(({ endpoint, key, sent }) => ({ endpoint, key, sent: sent() })),
  ]
}
