'use client'

import { Count, Money } from '#ui/figure/figures.tsx'
import type { Metric } from './quota.ts'

/** An amount in the unit of its metric; exact on hover. */
export function QuotaFigure({ metric, value, className }: { metric: Metric; value: number; className?: string }) {
  return metric === 'cost' ? <Money usd={value} className={className} /> : <Count value={value} className={className} />
}
