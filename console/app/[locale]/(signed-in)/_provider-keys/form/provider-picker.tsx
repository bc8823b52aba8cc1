'use client'

import * as Radix from 'radix-ui/radio-group'
import { providers } from '#lib/providers.ts'
import type { ProviderName } from '#lib/providers.ts'
import { ProviderMark } from '../../_parts/provider-mark.tsx'

/** All ten providers at a glance. */
export function ProviderPicker({
  label,
  value,
  onChange,
}: {
  label: string
  value: ProviderName
  onChange: (provider: ProviderName) => void
}) {
  return (
    <Radix.Root
      aria-label={label}
      value={value}
      onValueChange={(chosen) => onChange(chosen as ProviderName)}
      className="grid grid-cols-2 gap-2"
    >
      {providers.map(({ value: provider, label: name }) => (
        <Radix.Item
          key={provider}
          value={provider}
          className="flex h-10 min-w-0 items-center gap-2 rounded-md border border-line-strong px-2 text-left text-sm transition-colors duration-75 hover:bg-hover data-[state=checked]:border-accent data-[state=checked]:bg-accent-soft data-[state=checked]:font-medium data-[state=checked]:shadow-[inset_0_0_0_1px_var(--accent)]"
        >
          <ProviderMark provider={provider} />
          <span className="truncate">{name}</span>
        </Radix.Item>
      ))}
    </Radix.Root>
  )
}
