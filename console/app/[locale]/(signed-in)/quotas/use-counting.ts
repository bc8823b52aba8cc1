'use client'

import { useTranslations } from 'next-intl'
import { useFormat } from '#ui/figure/use-format.ts'
import type { Quota } from '../_quotas/quota.ts'

/** When windows begin, as the end of a sentence: “every day at midnight”. */
export function useCounting(): (quota: Pick<Quota, 'metric' | 'window' | 'anchor' | 'timezone'>) => string {
  const t = useTranslations('quotas.counts')
  const format = useFormat()
  return ({ metric, window, anchor, timezone }) => {
    if (metric === 'parallel') return t('parallel')
    if (window === 'total') return t('total')
    if (anchor !== null) return t(`anchored.${window}`, { from: format.instant(Date.parse(anchor)) })
    return window === 'minute' ? t('minute') : t(`calendar.${window}`, { zone: timezone.replaceAll('_', ' ') })
  }
}
