'use client'

import { useTranslations } from 'next-intl'
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs'
import { FilterSelect } from '../../_parts/filter-select.tsx'
import { useSearch } from '../../_parts/list-card.tsx'
import { metrics, subjectTypes } from '../../_quotas/quota.ts'
import type { Metric, Quota, SubjectType } from '../../_quotas/quota.ts'
import { useQuotaWords } from '../../_quotas/use-quota-words.ts'

/** What the list is narrowed to, in the URL: whose limits, of what, and what is searched for. */
export function useQuotaFilters() {
  const [search, setSearch] = useSearch()
  const [{ type, subject, metric }, set] = useQueryStates({
    type: parseAsStringLiteral(subjectTypes),
    subject: parseAsString,
    metric: parseAsStringLiteral(metrics),
  })
  return {
    search,
    type,
    subject,
    metric,
    setSearch,
    setType: (next: SubjectType | null) => void set({ type: next, subject: null }),
    setMetric: (next: Metric | null) => void set({ metric: next }),
    clear: () => {
      setSearch('')
      void set({ type: null, subject: null, metric: null })
    },
  }
}

export type QuotaFilters = ReturnType<typeof useQuotaFilters>

export function QuotaFilterSelects({ filters, quotas }: { filters: QuotaFilters; quotas: readonly Quota[] }) {
  const t = useTranslations('quotas')
  const tMetrics = useTranslations('quota.metrics')
  const words = useQuotaWords()
  const { type, subject, metric, setType, setMetric } = filters
  const types = subjectTypes.map((value) => ({ value: value as string, label: words.subjectType(value) }))
  const only = quotas.find(({ subject_id }) => subject_id === subject)?.subject_name ?? (type && words.subjectType(type)) ?? t('thisOne')
  return (
    <div className="flex min-w-0 gap-2 max-sm:order-last max-sm:w-full">
      <FilterSelect
        label={t('whose')}
        all={t('anyone')}
        options={subject === null ? types : [{ value: subject, label: only }, ...types]}
        value={subject ?? type}
        onChange={(next) => next !== subject && setType(subjectTypes.find((value) => value === next) ?? null)}
      />
      <FilterSelect
        label={t('what')}
        all={t('anything')}
        options={metrics.map((value) => ({ value, label: tMetrics(`${value}.name`) }))}
        value={metric}
        onChange={(next) => setMetric(metrics.find((value) => value === next) ?? null)}
      />
    </div>
  )
}
