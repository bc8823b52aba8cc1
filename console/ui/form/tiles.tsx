'use client'

import * as Radix from 'radix-ui/radio-group'
import { useId } from 'react'
import type { ReactNode } from 'react'
import { cx } from '../theme/cx.ts'

type Tile<V extends string> = { value: V; label: string; hint?: ReactNode; icon?: ReactNode }

type TilesProps<V extends string> = {
  label: string
  options: readonly Tile<V>[]
  value: V
  onChange: (value: V) => void
  columns: 1 | 2
}

const grids = { 1: '', 2: 'grid-cols-2' }

/** One of a few, all seen at once, each with what it means. */
export function Tiles<V extends string>({ label, options, value, onChange, columns }: TilesProps<V>) {
  const id = useId()
  return (
    <div className="flex flex-col gap-1.5">
      <span id={id} className="text-sm font-medium">
        {label}
      </span>
      <Radix.Root
        aria-labelledby={id}
        value={value}
        onValueChange={(chosen) => onChange(chosen as V)}
        className={cx('grid gap-2', grids[columns])}
      >
        {options.map((option) => (
          <Radix.Item
            key={option.value}
            value={option.value}
            className="flex min-w-0 gap-2 rounded-md border border-line-strong px-2.5 py-2 text-left transition-colors duration-75 hover:bg-hover data-[state=checked]:border-accent data-[state=checked]:bg-accent-soft data-[state=checked]:shadow-[inset_0_0_0_1px_var(--accent)] pointer-coarse:min-h-10 pointer-coarse:items-center"
          >
            {option.icon}
            <span className="flex min-w-0 flex-col">
              <span className="text-sm font-medium">{option.label}</span>
              {option.hint && <span className="text-xs text-muted">{option.hint}</span>}
            </span>
          </Radix.Item>
        ))}
      </Radix.Root>
    </div>
  )
}
