'use client'

import { ChevronDown } from 'lucide-react'
import { useId } from 'react'
import { cx } from '#ui/theme/cx.ts'

type Option = { value: string; label: string }
type FilterSelectProps = {
  label: string
  /** Where nothing is left out. */
  all: string
  options: readonly Option[]
  /** Options that belong together, under a title. */
  groups?: readonly { label: string; options: readonly Option[] }[]
  value: string | null
  onChange: (value: string | null) => void
}

/** Narrows a list to one of some values. The system's own list: nothing to load, at home on a phone, found by typing. */
export function FilterSelect({ label, all, options, groups = [], value, onChange }: FilterSelectProps) {
  const id = useId()
  return (
    <span
      className={cx(
        'relative inline-flex h-8 min-w-0 max-w-full items-center rounded-md border text-sm transition-colors duration-100 focus-within:outline-2 focus-within:outline-focus pointer-coarse:h-10 max-sm:flex-1',
        value === null ? 'border-line-strong bg-surface hover:bg-hover' : 'border-transparent bg-accent-soft text-accent-text',
      )}
    >
      <label htmlFor={id} className={cx('pl-2.5 whitespace-nowrap', value === null && 'text-muted')}>
        {label}
      </label>
      <select
        id={id}
        value={value ?? ''}
        onChange={(event) => onChange(event.target.value || null)}
        className="h-full min-w-0 cursor-pointer field-sizing-content sm:max-w-48 max-sm:flex-1 appearance-none truncate rounded-md bg-transparent pr-7 pl-1.5 font-medium outline-none [&>*]:bg-raised [&>*]:font-normal [&>*]:text-text"
      >
        <option value="">{all}</option>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
        {groups.map((group) => (
          <optgroup key={group.label} label={group.label}>
            {group.options.map((option) => (
              <option key={option.value} value={option.value}>
                {option.label}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
      <ChevronDown aria-hidden className="pointer-events-none absolute right-2 size-3.5" />
    </span>
  )
}
