'use client'

import { Search } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { parseAsString, useQueryState } from 'nuqs'
import type { ReactNode } from 'react'
import { AffixedInput } from '#ui/form/input.tsx'

/** What a list is searched for, in the URL. */
export function useSearch(): [string, (text: string) => void] {
  const [text, setText] = useQueryState('q', parseAsString.withDefault('').withOptions({ throttleMs: 300 }))
  return [text, (next) => void setText(next || null)]
}

/** The bar over a list: search, filters, and how many are shown. */
export function FilterBar({
  search,
  onSearch,
  count,
  children,
}: {
  search: string
  onSearch: (text: string) => void
  count: ReactNode
  children?: ReactNode
}) {
  const t = useTranslations('list')
  return (
    <div className="flex flex-wrap items-center gap-2 border-b px-3 py-2 sm:px-4">
      <AffixedInput
        type="search"
        aria-label={t('search')}
        placeholder={t('search')}
        value={search}
        onChange={(event) => onSearch(event.target.value)}
        prefix={<Search aria-hidden className="size-3.5" />}
        className="max-sm:flex-1 sm:!w-60"
      />
      {children}
      <span className="ml-auto text-xs text-muted" aria-live="polite">
        {count}
      </span>
    </div>
  )
}
