'use client'

import * as Radix from 'radix-ui/switch'
import { useId } from 'react'
import type { ReactNode } from 'react'

type SwitchProps = { label: string; help?: ReactNode; isOn: boolean; isDisabled?: boolean; onChange: (isOn: boolean) => void }

/** Something that is on or off, with its label beside it. */
export function Switch({ label, help, isOn, isDisabled = false, onChange }: SwitchProps) {
  const id = useId()
  return (
    <div className="flex items-start justify-between gap-4">
      <div className="flex flex-col gap-0.5">
        <label htmlFor={id} className="text-sm font-medium text-text">
          {label}
        </label>
        {help && (
          <p id={`${id}-help`} className="text-xs text-muted">
            {help}
          </p>
        )}
      </div>
      <Radix.Root
        id={id}
        checked={isOn}
        disabled={isDisabled}
        onCheckedChange={onChange}
        aria-describedby={help ? `${id}-help` : undefined}
        className="relative mt-0.5 h-5 w-9 shrink-0 rounded-full bg-line-control transition-colors duration-150 disabled:cursor-not-allowed disabled:opacity-50 data-[state=checked]:bg-accent"
      >
        <Radix.Thumb className="block size-4 translate-x-0.5 rounded-full bg-on-accent shadow-raised transition-transform duration-150 data-[state=checked]:translate-x-[1.125rem]" />
      </Radix.Root>
    </div>
  )
}
