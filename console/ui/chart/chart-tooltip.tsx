'use client'

import { useTranslations } from 'next-intl'
import { useFormat } from '../figure/use-format.ts'
import { colorOf } from './chart-data.ts'
import type { Point, Series } from './chart-data.ts'
import type { ChartUnit } from './chart.tsx'

type ChartTooltipProps = {
  atMs: number
  series: readonly Series[]
  shown: readonly Series[]
  points: readonly Point[]
  bucket: 'hour' | 'day'
  unit: ChartUnit
  isStacked: boolean
}

/** What every series was worth at one instant, largest first. */
export function ChartTooltip({ atMs, series, shown, points, bucket, unit, isStacked }: ChartTooltipProps) {
  const t = useTranslations('ui.chart')
  const format = useFormat()
  const values = points.find((point) => point.atMs === atMs)?.values ?? {}
  const lines = shown.map((one) => ({ ...one, value: values[one.id] ?? null })).toSorted((a, b) => (b.value ?? -1) - (a.value ?? -1))
  const total = lines.reduce((sum, { value }) => sum + (value ?? 0), 0)
  return (
    <div className="min-w-40 rounded-md bg-raised px-3 py-2 text-xs shadow-floating">
      <p className="pb-1 text-muted">{format.bucket(atMs, bucket)}</p>
      {lines.map(({ id, label, value }) => (
        <p key={id} className="flex items-center gap-2 py-0.5">
          <span aria-hidden className="size-2 rounded-[2px]" style={{ background: colorOf(id, series) }} />
          <span className="flex-1">{label}</span>
          <span className="font-medium tabular-nums">{value === null ? t('noData') : unit.format(value)}</span>
        </p>
      ))}
      {isStacked && lines.length > 1 && (
        <p className="mt-1 flex justify-between gap-4 border-t pt-1">
          <span className="text-muted">{t('total')}</span>
          <span className="font-medium tabular-nums">{unit.format(total)}</span>
        </p>
      )}
    </div>
  )
}
