'use client'

import { ChartColumn, Table2 } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { lazy, Suspense, useState } from 'react'
import type { ReactNode } from 'react'
import { IconButton } from '../action/icon-button.tsx'
import { Skeleton } from '../state/skeleton.tsx'
import { cx } from '../theme/cx.ts'
import { peakOf, colorOf } from './chart-data.ts'
import type { Point, Series } from './chart-data.ts'
import { ChartTable } from './chart-table.tsx'

const ChartBody = lazy(() => import('./chart-body.tsx').then(({ ChartBody }) => ({ default: ChartBody })))

export type ChartUnit = { format: (value: number) => string; tick: (value: number, step: number) => string; isWhole: boolean }

export type ChartProps = {
  title: string
  note?: ReactNode
  kind: 'bars' | 'area'
  isStacked?: boolean
  series: readonly Series[]
  points: readonly Point[]
  bucket: 'hour' | 'day'
  unit: ChartUnit
  height?: number
  /** Said in the place of a chart without a single value: what would fill it. */
  empty: ReactNode
}

/** Figures over time, with a legend that toggles, values under the pointer, and the same data as a table. */
export function Chart({ title, note, series, points, height = 220, empty, ...rest }: ChartProps) {
  const t = useTranslations('ui.chart')
  const [isTable, setTable] = useState(false)
  const [hidden, setHidden] = useState<readonly string[]>([])
  const shown = series.filter(({ id }) => !hidden.includes(id))
  const isEmpty = peakOf(points, series, false) === 0
  const toggle = (id: string) => setHidden(hidden.includes(id) ? hidden.filter((other) => other !== id) : [...hidden, id])
  return (
    <figure className="flex flex-col">
      <figcaption className="flex min-h-11 flex-wrap items-center justify-between gap-x-4 gap-y-1 px-4 py-2">
        <span className="flex flex-wrap items-baseline gap-x-2">
          <span className="text-sm font-semibold">{title}</span>
          {note && <span className="text-xs text-muted">{note}</span>}
        </span>
        <span className="flex items-center gap-3">
          {series.length > 1 && !isEmpty && <Legend series={series} hidden={hidden} onToggle={toggle} />}
          {!isEmpty && (
            <IconButton
              label={isTable ? t('showChart') : t('showTable')}
              size="sm"
              aria-pressed={isTable}
              onClick={() => setTable(!isTable)}
            >
              {isTable ? <ChartColumn aria-hidden /> : <Table2 aria-hidden />}
            </IconButton>
          )}
        </span>
      </figcaption>
      <div style={{ height }} className="min-w-0">
        {isEmpty ? (
          <EmptyChart>{empty}</EmptyChart>
        ) : isTable ? (
          <ChartTable title={title} series={shown} points={points} {...rest} />
        ) : (
          <Suspense fallback={<ChartSkeleton height={height} />}>
            <ChartBody title={title} series={series} shown={shown} points={points} height={height} {...rest} />
          </Suspense>
        )}
      </div>
    </figure>
  )
}

/** The axes without anything on them, and what would fill them. */
function EmptyChart({ children }: { children: ReactNode }) {
  return (
    <div className="relative h-full px-4 pt-2 pb-8">
      <div aria-hidden className="flex h-full flex-col justify-between border-b border-line-strong">
        {[4, 3, 2, 1].map((line) => (
          <span key={line} className="h-px bg-line" />
        ))}
        <span />
      </div>
      <p className="absolute inset-x-0 inset-y-4 m-auto h-fit w-fit max-w-88 rounded-md bg-surface px-4 py-1 text-center text-sm text-balance text-muted">
        {children}
      </p>
    </div>
  )
}

type LegendProps = { series: readonly Series[]; hidden: readonly string[]; onToggle: (id: string) => void }

function Legend({ series, hidden, onToggle }: LegendProps) {
  return (
    <span className="flex flex-wrap gap-x-3">
      {series.map(({ id, label }) => (
        <button
          key={id}
          type="button"
          aria-pressed={!hidden.includes(id)}
          onClick={() => onToggle(id)}
          className={cx(
            'inline-flex min-h-6 items-center gap-1.5 rounded-sm text-xs hover:text-text',
            hidden.includes(id) ? 'text-faint line-through' : 'text-muted',
          )}
        >
          <span
            aria-hidden
            className="size-2 rounded-[2px]"
            style={{ background: hidden.includes(id) ? 'var(--line-strong)' : colorOf(id, series) }}
          />
          {label}
        </button>
      ))}
    </span>
  )
}

const barHeights = [30, 46, 38, 62, 54, 70, 48, 58, 80, 66, 52, 74, 44, 60, 36, 50]

/** The shape of a chart that is on its way, as tall as the chart. */
export function ChartSkeleton({ height }: { height: number }) {
  return (
    <div aria-hidden className="flex items-end gap-2 px-4 pb-8" style={{ height }}>
      {barHeights.map((percent, index) => (
        <span key={index} className="flex-1" style={{ height: `${percent}%` }}>
          <Skeleton className="h-full opacity-60" />
        </span>
      ))}
    </div>
  )
}
