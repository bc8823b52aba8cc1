'use client'

import { useTranslations } from 'next-intl'
import { cx } from '../theme/cx.ts'
import { useFormat } from './use-format.ts'

/** US dollars; every digit on hover. An unknown amount says so and is never zero. */
export function Money({ usd, className }: { usd: number | null; className?: string }) {
  const t = useTranslations('ui.figure')
  const format = useFormat()
  if (usd === null) {
    return (
      <span data-hint={t('unknownCostHint')} className={cx('text-muted', className)}>
        {t('unknownCost')}
      </span>
    )
  }
  const shown = format.usd(usd)
  const exact = format.usdExact(usd)
  return (
    <data value={usd} data-hint={exact === shown ? undefined : exact} className={cx('whitespace-nowrap', className)}>
      {shown}
    </data>
  )
}

/** A count; the exact one on hover where it is shortened. */
export function Count({ value, className }: { value: number; className?: string }) {
  const format = useFormat()
  const shown = format.count(value)
  const exact = format.integer(value)
  return (
    <data value={value} data-hint={exact === shown ? undefined : exact} className={cx('whitespace-nowrap', className)}>
      {shown}
    </data>
  )
}

/** Something that is not there. */
export function Nothing({ children }: { children?: string }) {
  return <span className="text-faint">{children ?? '—'}</span>
}
