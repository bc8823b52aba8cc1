'use client'

import { cx } from '../theme/cx.ts'
import { useFormat } from './use-format.ts'

/** From here on a limit is called close. */
const closeFrom = 0.8

/** How much of a limit is used. The figure stands beside the bar: the bar alone says nothing to a screen reader. */
export function Meter({ share, label, isFigureShown = true }: { share: number; label: string; isFigureShown?: boolean }) {
  const format = useFormat()
  const tone = share >= 1 ? 'bg-danger' : share >= closeFrom ? 'bg-warning' : 'bg-accent'
  return (
    <span className="inline-flex w-full items-center gap-2 align-middle">
      <span
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.min(100, Math.round(share * 100))}
        aria-valuetext={format.share(share)}
        className="h-1.5 min-w-12 flex-1 overflow-hidden rounded-full bg-pressed"
      >
        <span className={cx('block h-full rounded-full', tone)} style={{ width: `${Math.min(1, share) * 100}%` }} />
      </span>
      {isFigureShown && (
        <span className={cx('min-w-11 text-right text-xs tabular-nums', share >= 1 ? 'text-danger-text' : 'text-muted')}>
          {format.share(share)}
        </span>
      )}
    </span>
  )
}
