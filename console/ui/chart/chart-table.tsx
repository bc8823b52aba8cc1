'use client'

import { useTranslations } from 'next-intl'
import { useFormat } from '../figure/use-format.ts'
import type { Point, Series } from './chart-data.ts'
import type { ChartUnit } from './chart.tsx'

type ChartTableProps = { title: string; series: readonly Series[]; points: readonly Point[]; bucket: 'hour' | 'day'; unit: ChartUnit }

/** The data of a chart in rows, newest first. */
export function ChartTable({ title, series, points, bucket, unit }: ChartTableProps) {
  const t = useTranslations('ui.chart')
  const format = useFormat()
  return (
    <div className="h-full overflow-auto border-t" tabIndex={0} role="region" aria-label={title}>
      <table className="w-full text-sm">
        <thead className="sticky top-0 bg-sunken text-xs text-muted">
          <tr>
            <th scope="col" className="h-8 px-4 text-left font-medium">
              {t('time')}
            </th>
            {series.map(({ id, label }) => (
              <th key={id} scope="col" className="px-4 text-right font-medium">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y">
          {points.toReversed().map(({ atMs, values }) => (
            <tr key={atMs}>
              <th scope="row" className="h-8 px-4 text-left font-normal whitespace-nowrap text-muted">
                {format.bucket(atMs, bucket)}
              </th>
              {series.map(({ id }) => (
                <td key={id} className="px-4 text-right">
                  {typeof values[id] === 'number' ? unit.format(values[id]) : t('noData')}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
