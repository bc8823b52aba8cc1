'use client'

import { useTranslations } from 'next-intl'
import { useFormat } from '#ui/figure/use-format.ts'
import { takenOf } from './quota.ts'
import type { Metric, Quota, SubjectType } from './quota.ts'

type Rule = Pick<Quota, 'metric' | 'amount' | 'window'>

/** How limits are put into words, on every page that shows one. */
export function useQuotaWords() {
  const t = useTranslations('quota')
  const format = useFormat()
  const amount = (metric: Metric, value: number) => (metric === 'cost' ? format.usdExact(value) : t(`amounts.${metric}`, { count: value }))
  return {
    subjectType: (type: SubjectType) => t(`subjects.${type}`),
    /** With its unit and every digit: what somebody set. */
    amount,
    /** With its unit, as short as it may be: what was counted. */
    measured: (metric: Metric, value: number) => (metric === 'cost' ? format.usd(value) : amount(metric, value)),
    /** How far it is used, in a line. */
    use: ({ metric, amount: value, used, reserved, window }: Rule & Pick<Quota, 'used' | 'reserved'>) =>
      t(`uses.${metric === 'parallel' ? 'parallel' : window}`, {
        used: metric === 'cost' ? format.usd(used) : format.count(takenOf({ metric, amount: value, used, reserved })),
        amount: metric === 'parallel' ? format.count(value) : amount(metric, value),
      }),
    /** Short, where the unit stands beside it. */
    figure: (metric: Metric, value: number) => (metric === 'cost' ? format.usd(value) : format.count(value)),
    rule: ({ metric, amount: value, window }: Rule) =>
      metric === 'parallel' ? amount(metric, value) : t(`rules.${window}`, { amount: amount(metric, value) }),
  }
}
