'use client'

import { useTranslations } from 'next-intl'
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs'
import { useMe } from '#lib/session/me-context.tsx'
import { FilterSelect } from '../../_parts/filter-select.tsx'
import { useSearch } from '../../_parts/list-card.tsx'
import { accessKeyStatuses, forMe, forService } from '../access-key.ts'
import type { AccessKey, AccessKeyStatus, Known } from '../access-key.ts'

/** What the list is narrowed to, in the URL: whose keys, in which state, and what is searched for. */
export function useKeyFilters() {
  const [search, setSearch] = useSearch()
  const [{ belongs, status }, set] = useQueryStates(
    { belongs: parseAsString, status: parseAsStringLiteral(accessKeyStatuses) },
    { urlKeys: { belongs: 'for' } },
  )
  return {
    search,
    belongs,
    status,
    setSearch,
    setBelongs: (next: string | null) => void set({ belongs: next }),
    setStatus: (next: string | null) => void set({ status: next as AccessKeyStatus | null }),
    clear: () => {
      setSearch('')
      void set({ belongs: null, status: null })
    },
  }
}

type KeyFiltersProps = { filters: ReturnType<typeof useKeyFilters>; known: Known; keys: readonly AccessKey[] }

export function KeyFilters({ filters, known, keys }: KeyFiltersProps) {
  const t = useTranslations('accessKeys')
  const { tenant_name } = useMe()
  const hasService = filters.belongs === forService || keys.some(({ agent_id, user_id }) => agent_id === null && user_id === null)
  const own = [
    { value: forMe, label: t('belonging.me.name') },
    ...(hasService ? [{ value: forService, label: t('serviceOf', { tenant: tenant_name }) }] : []),
  ]
  const agents = known.agents.map(({ id, name }) => ({ value: id, label: name })).toSorted((a, b) => a.label.localeCompare(b.label))
  const isUnknown = filters.belongs !== null && ![...own, ...agents].some(({ value }) => value === filters.belongs)
  return (
    <div className="flex min-w-0 gap-2 max-sm:order-last max-sm:w-full">
      <FilterSelect
        label={t('belongsTo')}
        all={t('anyone')}
        options={isUnknown ? [...own, { value: filters.belongs ?? '', label: t('belonging.agent.name') }] : own}
        groups={agents.length > 0 ? [{ label: t('agents'), options: agents }] : []}
        value={filters.belongs}
        onChange={filters.setBelongs}
      />
      <FilterSelect
        label={t('state')}
        all={t('anyState')}
        options={accessKeyStatuses.map((value) => ({ value, label: t(`status.${value}.name`) }))}
        value={filters.status}
        onChange={filters.setStatus}
      />
    </div>
  )
}
