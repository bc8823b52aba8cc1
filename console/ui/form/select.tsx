'use client'

import { Check, ChevronsUpDown } from 'lucide-react'
import { getNonce } from 'get-nonce'
import * as Radix from 'radix-ui/select'
import type { ReactNode } from 'react'
import { cx } from '../theme/cx.ts'
import type { ControlProps } from './field.tsx'
import { controlClass } from './input.tsx'

export type Option<V extends string> = { value: V; label: string; icon?: ReactNode; note?: string; isDisabled?: boolean }

type SelectProps<V extends string> = Partial<ControlProps> & {
  options: readonly Option<V>[]
  value: V | undefined
  placeholder?: string
  isDisabled?: boolean
  label?: string
  className?: string
  onChange: (value: V) => void
}

/** One choice out of a short list. */
export function Select<V extends string>({
  options,
  value,
  placeholder,
  isDisabled = false,
  label,
  className,
  onChange,
  ...control
}: SelectProps<V>) {
  return (
    <Radix.Root value={value ?? ''} disabled={isDisabled} onValueChange={(chosen) => onChange(chosen as V)}>
      <Radix.Trigger
        {...control}
        aria-label={label}
        className={cx(
          controlClass,
          'flex h-8 items-center justify-between gap-2 px-2.5 text-left data-placeholder:text-faint pointer-coarse:h-10',
          className,
        )}
      >
        <span className="min-w-0 truncate">
          <Radix.Value placeholder={placeholder} />
        </span>
        <ChevronsUpDown aria-hidden className="size-3.5 shrink-0 text-faint" />
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          position="popper"
          sideOffset={4}
          className="z-50 max-h-(--radix-select-content-available-height) min-w-(--radix-select-trigger-width) overflow-hidden rounded-lg bg-raised shadow-floating animate-rise"
        >
          <SelectOptions options={options} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

/** A part of its own so that the nonce is asked for when the list opens: it is known only once the page is set up, after the first paint. */
function SelectOptions<V extends string>({ options }: { options: readonly Option<V>[] }) {
  return (
    <Radix.Viewport nonce={getNonce()} className="p-1">
      {options.map((option) => (
        <SelectOption key={option.value} option={option} />
      ))}
    </Radix.Viewport>
  )
}

function SelectOption<V extends string>({ option }: { option: Option<V> }) {
  return (
    <Radix.Item
      value={option.value}
      disabled={option.isDisabled}
      className="flex min-h-8 cursor-default items-center gap-2 rounded-md py-1 pr-8 pl-2 text-sm outline-none select-none data-disabled:opacity-50 data-highlighted:bg-hover pointer-coarse:min-h-10 relative"
    >
      <Radix.ItemText>
        <span className="flex items-center gap-2">
          {option.icon}
          {option.label}
        </span>
      </Radix.ItemText>
      {option.note && <span className="ml-auto text-xs text-faint">{option.note}</span>}
      <Radix.ItemIndicator className="absolute right-2">
        <Check aria-hidden className="size-4 text-accent-text" />
      </Radix.ItemIndicator>
    </Radix.Item>
  )
}
