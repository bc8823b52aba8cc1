'use client'

import { Check } from 'lucide-react'
import * as Radix from 'radix-ui/checkbox'
import { useId } from 'react'
import type { ReactNode } from 'react'

type CheckboxProps = {
  label: ReactNode
  help?: ReactNode
  isChecked: boolean
  isDisabled?: boolean
  onChange: (isChecked: boolean) => void
}

/** Something to agree to or to include, with its label beside it. */
export function Checkbox({ label, help, isChecked, isDisabled = false, onChange }: CheckboxProps) {
  const id = useId()
  return (
    <div className="flex items-start gap-2.5">
      <Radix.Root
        id={id}
        checked={isChecked}
        disabled={isDisabled}
        onCheckedChange={(state) => onChange(state === true)}
        aria-describedby={help ? `${id}-help` : undefined}
        className="mt-0.5 flex size-4 shrink-0 items-center justify-center rounded-sm border border-line-control bg-surface text-on-accent transition-colors duration-100 hover:border-muted disabled:cursor-not-allowed disabled:opacity-50 data-[state=checked]:border-accent data-[state=checked]:bg-accent"
      >
        <Radix.Indicator>
          <Check aria-hidden strokeWidth={3} className="size-3" />
        </Radix.Indicator>
      </Radix.Root>
      <div className="flex flex-col gap-0.5">
        <label htmlFor={id} className="text-sm text-text">
          {label}
        </label>
        {help && (
          <p id={`${id}-help`} className="text-xs text-muted">
            {help}
          </p>
        )}
      </div>
    </div>
  )
}
