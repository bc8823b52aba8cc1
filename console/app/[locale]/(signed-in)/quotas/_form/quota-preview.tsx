'use client'

import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { providerLabel } from '#lib/providers.ts'
import { cx } from '#ui/theme/cx.ts'
import type { Quota } from '../../_quotas/quota.ts'
import { useQuotaWords } from '../../_quotas/use-quota-words.ts'
import { useCounting } from '../use-counting.ts'

/** A limit as far as the form knows it. */
export type PlannedQuota = Pick<
  Quota,
  'subject_type' | 'subject_name' | 'metric' | 'amount' | 'window' | 'anchor' | 'timezone' | 'hard' | 'provider' | 'model'
> & { refusalStatus: number | null }

/** What a limit will do, in plain words. */
export function QuotaPreview({ planned }: { planned: PlannedQuota | null }) {
  const t = useTranslations('quotas.preview')
  return (
    <div
      role="status"
      className={cx('w-full rounded-md px-3 py-2 text-sm', planned ? 'bg-info-soft text-info-text' : 'bg-sunken text-muted')}
    >
      {planned ? <Sentences planned={planned} /> : <p>{t('incomplete')}</p>}
    </div>
  )
}

function Sentences({ planned }: { planned: PlannedQuota }) {
  const t = useTranslations('quotas.preview')
  const counting = useCounting()
  return (
    <>
      <p>
        <Effect planned={planned} />
      </p>
      <p className="pt-0.5 text-xs">{planned.metric === 'parallel' ? t('gauge') : t('again', { counting: counting(planned) })}</p>
    </>
  )
}

function Effect({ planned }: { planned: PlannedQuota }) {
  const t = useTranslations('quotas.preview')
  const words = useQuotaWords()
  const { subject_type, subject_name, metric, amount, window, hard, provider, model, refusalStatus } = planned
  const strong = (text: ReactNode) => <strong className="font-semibold">{text}</strong>
  const parts = {
    who: () => t.rich(`who.${subject_type}`, { name: () => strong(subject_name) }),
    filter: () =>
      model
        ? t('filter.model', { model: provider ? `${providerLabel(provider)}/${model}` : model })
        : provider
          ? t('filter.provider', { provider: providerLabel(provider) })
          : '',
    status: () => strong(refusalStatus ?? 402),
    amount: () => strong(metric === 'parallel' ? words.figure(metric, amount) : words.amount(metric, amount)),
    of: t(`of.${window}`),
    per: t(`per.${window}`),
  }
  if (!hard) return t.rich(metric === 'parallel' ? 'watched.parallel' : 'watched.used', parts)
  return t.rich(amount === 0 ? 'hard.nothing' : `hard.${metric}`, parts)
}
