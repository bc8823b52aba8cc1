'use client'

import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { FullInstant } from '#ui/figure/instant.tsx'
import { useFormat } from '#ui/figure/use-format.ts'
import { cx } from '#ui/theme/cx.ts'
import { barGrounds, QuotaBar, toneOf } from '../../_quotas/quota-bar.tsx'
import { QuotaFigure } from '../../_quotas/quota-figure.tsx'
import { StandingLabel, useStandingText } from '../../_quotas/quota-standing.tsx'
import { fullness, leftOf, overOf, standingOf, takenOf } from '../../_quotas/quota.ts'
import type { Quota } from '../../_quotas/quota.ts'
import { useQuotaWords } from '../../_quotas/use-quota-words.ts'

/** How full a limit is now: used, reserved, left, and when counting begins again. */
export function QuotaSummary({ quota }: { quota: Quota }) {
  const t = useTranslations('quotas')
  const words = useQuotaWords()
  const { hint } = useStandingText()(quota)
  const format = useFormat()
  const { metric, amount, used, reserved, resets_at } = quota
  const over = overOf(quota)
  const standing = standingOf(quota)
  const tone = barGrounds[toneOf(standing)]
  const isRefusing = standing.state === 'reached' || standing.state === 'blocked'
  const isGauge = metric === 'parallel'
  return (
    <section aria-label={t('now')} className="flex flex-col gap-3 rounded-lg border bg-canvas p-4">
      <p className="flex flex-wrap items-baseline justify-between gap-x-3">
        <span className="flex flex-wrap items-baseline gap-x-1.5">
          <QuotaFigure metric={metric} value={takenOf(quota)} className="text-xl font-semibold tracking-tight" />
          <span className="text-sm text-muted">{t('ofAmount', { amount: words.amount(metric, amount) })}</span>
        </span>
        <span className="text-sm font-medium tabular-nums">{amount > 0 && format.share(fullness(quota))}</span>
      </p>
      <QuotaBar quota={quota} label={t('useOf', { name: quota.subject_name ?? '' })} isLarge />
      <dl className="grid grid-cols-3 gap-x-3">
        {!isGauge && (
          <Part name={t('used')} swatch={tone.used}>
            <QuotaFigure metric={metric} value={used} />
          </Part>
        )}
        <Part name={t(isGauge ? 'held' : 'reserved')} swatch={tone.held} hint={t('reservedHint')}>
          <QuotaFigure metric={metric} value={reserved} />
        </Part>
        {over > 0 ? (
          <Part name={t('over')} swatch={quota.hard ? 'bg-danger' : 'bg-warning'}>
            <QuotaFigure metric={metric} value={over} />
          </Part>
        ) : (
          <Part name={t('left')} swatch="bg-pressed">
            <QuotaFigure metric={metric} value={leftOf(quota)} />
          </Part>
        )}
      </dl>
      <div className="flex flex-col gap-1 border-t pt-3 text-sm">
        <StandingLabel quota={quota} />
        {!isRefusing && <p className="text-xs text-muted">{hint}</p>}
        <p className="text-xs text-muted">
          {resets_at ? t.rich('resetsAt', { when: () => <FullInstant at={resets_at} /> }) : t(isGauge ? 'resetsGauge' : 'resetsNever')}
        </p>
      </div>
    </section>
  )
}

function Part({ name, swatch, hint, children }: { name: string; swatch: string; hint?: string; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-0.5" data-hint={hint}>
      <dt className="flex items-center gap-1.5 text-xs text-muted">
        <span aria-hidden className={cx('size-2 rounded-full', swatch)} />
        {name}
      </dt>
      <dd className="text-sm font-medium tabular-nums">{children}</dd>
    </div>
  )
}
