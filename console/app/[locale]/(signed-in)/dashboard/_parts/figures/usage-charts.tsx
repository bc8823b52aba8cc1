'use client'

import type { Replied } from '@llm-manager/contract/endpoint'
import type { usage as Usage } from '@llm-manager/contract/usage'
import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { QueryView } from '#lib/api/query-view.tsx'
import { useApiQuery } from '#lib/api/use-api.ts'
import { bucketOf, bucketStarts } from '#lib/range.ts'
import type { RangeId } from '#lib/range.ts'
import { Chart, ChartSkeleton } from '#ui/chart/chart.tsx'
import type { ChartUnit } from '#ui/chart/chart.tsx'
import type { Point, Series } from '#ui/chart/chart-data.ts'
import { useFormat } from '#ui/figure/use-format.ts'
import { Card } from '#ui/layout/card.tsx'
import { seriesQuery } from '../dashboard-queries.ts'

type Timeseries = Replied<typeof Usage.timeseries>
type Figures = Timeseries['items'][number]

const heightPx = 220

type UsageChartProps = {
  range: RangeId
  title: string
  kind: 'bars' | 'area'
  series: readonly Series[]
  valuesOf: (figures: Figures | undefined) => Record<string, number>
  unit: ChartUnit
}

export function TokensChart({ range }: { range: RangeId }) {
  const t = useTranslations('dashboard.charts')
  const series = [
    { id: 'input', label: t('input') },
    { id: 'cached', label: t('cached') },
    { id: 'output', label: t('output') },
  ]
  const valuesOf = (figures: Figures | undefined) => ({
    input: figures?.tokens.input ?? 0,
    cached: (figures?.tokens.cache_read ?? 0) + (figures?.tokens.cache_write ?? 0) + (figures?.tokens.cache_write_long ?? 0),
    output: (figures?.tokens.output ?? 0) + (figures?.tokens.reasoning ?? 0),
  })
  return <UsageChart range={range} title={t('tokens')} kind="bars" series={series} valuesOf={valuesOf} unit={useCountUnit()} />
}

export function RequestsChart({ range }: { range: RangeId }) {
  const t = useTranslations('dashboard.charts')
  const series = [
    { id: 'fine', label: t('fine') },
    { id: 'failed', label: t('failed'), isTrouble: true },
  ]
  const valuesOf = (figures: Figures | undefined) => ({
    fine: (figures?.requests ?? 0) - (figures?.errors ?? 0),
    failed: figures?.errors ?? 0,
  })
  return (
    <UsageChart
      range={range}
      title={t(`requests.${bucketOf(range)}`)}
      kind="bars"
      series={series}
      valuesOf={valuesOf}
      unit={useCountUnit()}
    />
  )
}

export function CostChart({ range }: { range: RangeId }) {
  const t = useTranslations('dashboard.charts')
  const format = useFormat()
  const unit = { format: format.usd, tick: format.usdTick, isWhole: false }
  return (
    <UsageChart
      range={range}
      title={t(`cost.${bucketOf(range)}`)}
      kind="area"
      series={[{ id: 'cost', label: t('costSeries') }]}
      valuesOf={(figures) => ({ cost: figures?.cost ?? 0 })}
      unit={unit}
    />
  )
}

function useCountUnit(): ChartUnit {
  const format = useFormat()
  return { format: format.integer, tick: (value) => format.count(value), isWhole: true }
}

function UsageChart({ range, title, kind, series, valuesOf, unit }: UsageChartProps): ReactNode {
  const t = useTranslations('dashboard.charts')
  const { timeZone } = useFormat()
  const query = useApiQuery(seriesQuery(range, timeZone).endpoint, {
    ...seriesQuery(range, timeZone),
    everyMs: 15_000,
    keepsPrevious: true,
  })
  return (
    <Card>
      <QueryView query={query} size="sm" skeleton={<Waiting title={title} />}>
        {(data) => (
          <Chart
            title={title}
            kind={kind}
            isStacked
            series={series}
            points={pointsOf(data, range, timeZone, valuesOf)}
            bucket={bucketOf(range)}
            unit={unit}
            height={heightPx}
            empty={t('empty')}
          />
        )}
      </QueryView>
    </Card>
  )
}

function Waiting({ title }: { title: string }) {
  return (
    <>
      <p className="flex min-h-11 items-center px-4 text-sm font-semibold">{title}</p>
      <ChartSkeleton height={heightPx} />
    </>
  )
}

/** One point for each bucket of the span: where the API says nothing of one, nothing was used in it. */
function pointsOf(data: Timeseries, range: RangeId, timeZone: string, valuesOf: UsageChartProps['valuesOf']): Point[] {
  const starts = bucketStarts(data.from, data.to, bucketOf(range), timeZone)
  const known = new Map(data.items.map((figures) => [starts.findLast((atMs) => atMs <= Date.parse(figures.start)), figures]))
  return starts.map((atMs) => ({ atMs, values: valuesOf(known.get(atMs)) }))
}
