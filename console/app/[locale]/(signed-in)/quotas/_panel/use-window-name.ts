'use client'

import { useTranslations } from 'next-intl'
import { formatSpan } from '#lib/format/window.ts'
import { useNow } from '#ui/figure/now.tsx'
import { useFormat } from '#ui/figure/use-format.ts'
import type { QuotaWindow } from '../../_quotas/quota.ts'

/** Names a window as a person would: a month, a day, from then on, up to then. */
export function useWindowName(): (window: QuotaWindow, zone: string) => string {
  const t = useTranslations('quotas.history')
  const format = useFormat()
  const now = useNow()
  return ({ window_start, window_end }, zone) => {
    const startMs = Date.parse(window_start)
    const endMs = window_end === null ? null : Date.parse(window_end)
    // A total begins with time itself, until it is started over.
    if (startMs <= 0) return endMs === null ? t('always') : t('until', { when: format.instant(endMs) })
    return endMs === null ? t('since', { when: format.instant(startMs) }) : formatSpan(format.locale, startMs, endMs, zone, now)
  }
}
