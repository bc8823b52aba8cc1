'use client'

import { useTranslations } from 'next-intl'
import { useFormat } from '#ui/figure/use-format.ts'
import { cx } from '#ui/theme/cx.ts'
import { barOf, fullness, leftOf, standingOf } from './quota.ts'
import type { Quota, Standing } from './quota.ts'
import { useQuotaWords } from './use-quota-words.ts'

type BarTone = 'accent' | 'warning' | 'danger'

export const barGrounds: Record<BarTone, { used: string; held: string }> = {
  accent: { used: 'bg-accent', held: 'bg-accent/40' },
  warning: { used: 'bg-warning', held: 'bg-warning/40' },
  danger: { used: 'bg-danger', held: 'bg-danger/40' },
}

/** Past its amount a limit that refuses is in danger; what is close, or only watched, is a warning. */
export function toneOf({ state }: Standing): BarTone {
  if (state === 'blocked' || state === 'reached') return 'danger'
  return state === 'fine' ? 'accent' : 'warning'
}

type QuotaBarProps = {
  quota: Pick<Quota, 'metric' | 'amount' | 'used' | 'reserved' | 'hard' | 'thresholds'>
  label: string
  isLarge?: boolean
  /** The share that the longest of several bars reaches, so that all are drawn alike. */
  longest?: number
}

/**
 * How much of a limit is used (solid) and reserved (lighter), with its thresholds as marks; where the amount was passed, a mark shows
 * where it lies. What the bar shows is also said: to a screen reader here, to the eye beside it and on hover.
 */
export function QuotaBar({ quota, label, isLarge = false, longest }: QuotaBarProps) {
  const tone = barGrounds[toneOf(standingOf(quota))]
  const { usedPercent, heldPercent, marksPercent, limitPercent } = barOf(quota, longest)
  const words = useBarWords(quota)
  return (
    <span
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.min(100, Math.round(fullness(quota) * 100))}
      aria-valuetext={words}
      data-hint={words}
      className={cx('relative block w-full', isLarge ? 'h-2.5' : 'h-1.5')}
    >
      <span className="absolute inset-0 overflow-hidden rounded-full bg-pressed">
        <span className={cx('absolute inset-y-0 left-0', tone.used)} style={{ width: `${usedPercent}%` }} />
        <span className={cx('absolute inset-y-0', tone.held)} style={{ left: `${usedPercent}%`, width: `${heldPercent}%` }} />
      </span>
      {marksPercent.map((percent) => (
        <span key={percent} className="absolute -inset-y-0.5 w-px bg-text/45" style={{ left: `${percent}%` }} />
      ))}
      {limitPercent !== null && (
        <span className="absolute -inset-y-1 w-0.5 rounded-full bg-text ring-1 ring-surface" style={{ left: `${limitPercent}%` }} />
      )}
    </span>
  )
}

function useBarWords(quota: QuotaBarProps['quota']): string {
  const t = useTranslations('quota.bar')
  const words = useQuotaWords()
  const format = useFormat()
  const { metric, amount, used, reserved } = quota
  const figures = {
    share: format.share(fullness(quota)),
    used: words.figure(metric, used),
    reserved: words.figure(metric, reserved),
    left: words.figure(metric, leftOf(quota)),
    amount: words.figure(metric, amount),
  }
  if (metric === 'parallel') return t('held', figures)
  return reserved > 0 ? t('usedAndReserved', figures) : t('used', figures)
}
