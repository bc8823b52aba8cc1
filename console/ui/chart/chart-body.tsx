'use client'

import { Area, Bar, CartesianGrid, ComposedChart, Tooltip, XAxis, YAxis } from 'recharts'
import { useEffect, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { useFormat } from '../figure/use-format.ts'
import { axisTicks, colorOf, labelledBuckets, peakOf } from './chart-data.ts'
import type { Point, Series } from './chart-data.ts'
import { ChartTooltip } from './chart-tooltip.tsx'
import type { ChartProps } from './chart.tsx'

type ChartBodyProps = Omit<ChartProps, 'empty' | 'note' | 'height'> & { height: number; shown: readonly Series[] }

const tickStyle = { fill: 'var(--text-faint)', fontSize: 11 }
const labelWidthPx = 72
const leastAxisWidthPx = 40
const twoDaysMs = 2 * 24 * 3_600_000

/** Over more than two days an hour says nothing without its day. */
function tickUnit(points: readonly Point[], bucket: 'hour' | 'day'): 'hour' | 'day' {
  const spanMs = (points.at(-1)?.atMs ?? 0) - (points[0]?.atMs ?? 0)
  return spanMs > twoDaysMs ? 'day' : bucket
}

/** About the widest a digit is at the size of the ticks. */
const tickCharacterPx = 7
const tickMarginPx = 6
const margin = { top: 8, right: 24, bottom: 4, left: 0 }

/** The drawing itself, in a part of its own because the chart library is the largest thing the console loads. */
export function ChartBody({ title, kind, isStacked = false, series, shown, points, bucket, unit, height }: ChartBodyProps) {
  const format = useFormat()
  const frame = useRef<HTMLDivElement>(null)
  const width = useWidth(frame)
  const { ticks, step } = axisTicks(peakOf(points, shown, isStacked), 4, unit.isWhole)
  const axisWidthPx = axisWidth(ticks.map((tick) => unit.tick(tick, step)))
  const rows = points.map(({ atMs, values }) => ({ atMs, ...values }))
  const cursor = kind === 'bars' ? { fill: 'var(--hover)' } : { stroke: 'var(--text-faint)', strokeDasharray: '3 3' }
  const drawTooltip = ({ active, label }: { active?: boolean; label?: unknown }): ReactNode => {
    if (!active || typeof label !== 'number') return null
    return <ChartTooltip atMs={label} series={series} shown={shown} points={points} bucket={bucket} unit={unit} isStacked={isStacked} />
  }
  return (
    <div ref={frame} className="h-full w-full overflow-hidden" role="img" aria-label={title}>
      {width > 0 && (
        <ComposedChart width={width} height={height} data={rows} margin={margin} barCategoryGap="22%" accessibilityLayer={false}>
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey="atMs"
            ticks={labelledBuckets(points, (width - axisWidthPx) / labelWidthPx)}
            interval={0}
            tickFormatter={(atMs: number) => format.tick(atMs, tickUnit(points, bucket))}
            tick={tickStyle}
            tickLine={false}
            tickMargin={8}
            axisLine={{ stroke: 'var(--line-strong)' }}
          />
          <YAxis
            width={axisWidthPx}
            domain={[0, ticks.at(-1) ?? 1]}
            ticks={ticks}
            tickFormatter={(value: number) => unit.tick(value, step)}
            tick={tickStyle}
            tickLine={false}
            axisLine={false}
            tickMargin={tickMarginPx}
          />
          <Tooltip isAnimationActive={false} cursor={cursor} content={drawTooltip} />
          {shown.map(({ id }) => {
            const line = { id, color: colorOf(id, series), stackId: isStacked ? 'all' : undefined }
            return kind === 'bars' ? drawBars(line, !isStacked || shown.at(-1)?.id === id) : drawArea(line)
          })}
        </ComposedChart>
      )}
    </div>
  )
}

/** As wide as its longest label needs, so that none is cut. */
function axisWidth(labels: readonly string[]): number {
  const longest = Math.max(0, ...labels.map((label) => label.length))
  return Math.max(leastAxisWidthPx, longest * tickCharacterPx + tickMarginPx + 4)
}

type Line = { id: string; color: string; stackId: string | undefined }

function drawBars({ id, color, stackId }: Line, isTop: boolean): ReactNode {
  return (
    <Bar key={id} dataKey={id} stackId={stackId} fill={color} radius={isTop ? [2, 2, 0, 0] : 0} maxBarSize={40} isAnimationActive={false} />
  )
}

function drawArea({ id, color, stackId }: Line): ReactNode {
  return (
    <Area
      key={id}
      dataKey={id}
      stackId={stackId}
      type="linear"
      stroke={color}
      strokeWidth={1.5}
      fill={color}
      fillOpacity={0.12}
      connectNulls={false}
      dot={false}
      activeDot={{ r: 3, strokeWidth: 0 }}
      isAnimationActive={false}
    />
  )
}

function useWidth(frame: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const element = frame.current
    if (!element) return
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)))
    observer.observe(element)
    return () => observer.disconnect()
  }, [frame])
  return width
}
