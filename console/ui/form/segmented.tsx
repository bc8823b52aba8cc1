'use client'

import { useId } from 'react'
import { cx } from '../theme/cx.ts'

type SegmentedProps<V extends string> = {
  label: string
  value: V
  options: readonly { value: V; label: string }[]
  onChange: (value: V) => void
}

/** One of a few that fit side by side. */
export function Segmented<V extends string>({ label, value, options, onChange }: SegmentedProps<V>) {
  const name = useId()
  return (
    <fieldset className="inline-flex rounded-md border border-line-strong bg-sunken p-px">
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <label
          key={option.value}
          className={cx(
            'relative inline-flex h-7 cursor-pointer items-center rounded-[5px] px-2.5 text-sm whitespace-nowrap transition-colors duration-100 pointer-coarse:h-9 has-focus-visible:outline-2 has-focus-visible:outline-offset-1 has-focus-visible:outline-focus',
            option.value === value ? 'bg-surface font-medium text-text shadow-raised' : 'text-muted hover:text-text',
          )}
        >
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
            className="sr-only"
          />
          {option.label}
        </label>
      ))}
    </fieldset>
  )
}
