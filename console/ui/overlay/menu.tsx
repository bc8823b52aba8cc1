'use client'

import { Check } from 'lucide-react'
import * as Radix from 'radix-ui/dropdown-menu'
import type { ReactNode } from 'react'
import { cx } from '../theme/cx.ts'

type MenuProps = { trigger: ReactNode; align?: 'start' | 'end'; side?: 'top' | 'bottom' | 'right'; label?: string; children: ReactNode }

/** What can be done with something, behind one button. */
export function Menu({ trigger, align = 'end', side = 'bottom', label, children }: MenuProps) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content aria-label={label} align={align} side={side} sideOffset={6} collisionPadding={8} className="z-50 min-w-52 rounded-lg bg-raised p-1 shadow-floating animate-rise">
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

const itemClass = cx(
  'flex min-h-8 w-full cursor-default items-center gap-2.5 rounded-md px-2 py-1 text-left text-sm outline-none select-none pointer-coarse:min-h-10',
  'data-disabled:opacity-50 data-highlighted:bg-hover [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-faint',
)

type MenuItemProps = { icon?: ReactNode; tone?: 'danger'; isDisabled?: boolean; keys?: ReactNode; onSelect: () => void; children: ReactNode }

export function MenuItem({ icon, tone, isDisabled, keys, onSelect, children }: MenuItemProps) {
  return (
    <Radix.Item disabled={isDisabled} onSelect={onSelect} className={cx(itemClass, tone === 'danger' && 'text-danger-text data-highlighted:bg-danger-soft [&_svg]:!text-danger-text')}>
      {icon}
      <span className="flex-1">{children}</span>
      {keys}
    </Radix.Item>
  )
}

type MenuChoiceProps<V extends string> = { label: string; value: V; options: readonly { value: V; label: string; icon?: ReactNode }[]; onChange: (value: V) => void }

/** One of a few, with a mark at the one that holds. The menu stays open, so that the effect is seen. */
export function MenuChoice<V extends string>({ label, value, options, onChange }: MenuChoiceProps<V>) {
  return (
    <Radix.RadioGroup value={value} aria-label={label}>
      <MenuLabel>{label}</MenuLabel>
      {options.map((option) => (
        <Radix.RadioItem
          key={option.value}
          value={option.value}
          className={itemClass}
          onSelect={(event) => {
            event.preventDefault()
            onChange(option.value)
          }}
        >
          {option.icon}
          <span className="flex-1">{option.label}</span>
          <Radix.ItemIndicator>
            <Check aria-hidden className="!text-accent-text" />
          </Radix.ItemIndicator>
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  )
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="px-2 pt-2 pb-1 text-xs text-faint">{children}</Radix.Label>
}

export function MenuLine() {
  return <Radix.Separator className="mx-1 my-1 h-px bg-line" />
}
