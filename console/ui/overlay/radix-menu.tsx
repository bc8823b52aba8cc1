'use client'

import { Check } from 'lucide-react'
import * as Radix from 'radix-ui/dropdown-menu'
import { cx } from '../theme/cx.ts'
import type { MenuEntry } from './menu-entries.ts'
import type { MenuProps } from './menu.tsx'

/** The menu itself, open from the start: it is only drawn once it was asked for. */
export function RadixMenu({ label, entries, align = 'end', trigger }: MenuProps) {
  return (
    <Radix.Root modal={false} defaultOpen>
      <Radix.Trigger asChild>{trigger({})}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          aria-label={label}
          align={align}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 min-w-52 max-w-72 rounded-lg bg-raised p-1 shadow-floating animate-rise"
        >
          {entries.map((entry) => (
            <Entry key={entry.id} entry={entry} />
          ))}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

const itemClass = cx(
  'flex min-h-8 w-full cursor-default items-center gap-2.5 rounded-md px-2 py-1 text-left text-sm outline-none select-none pointer-coarse:min-h-10',
  'data-disabled:opacity-50 data-highlighted:bg-hover [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-faint',
)

function Entry({ entry }: { entry: MenuEntry }) {
  if (entry.kind === 'line') return <Radix.Separator className="mx-1 my-1 h-px bg-line" />
  if (entry.kind === 'text') return <div className="px-2 pt-1.5 pb-2">{entry.content}</div>
  if (entry.kind === 'choice') return <Choice entry={entry} />
  return (
    <Radix.Item
      disabled={entry.isDisabled}
      onSelect={entry.onSelect}
      className={cx(itemClass, entry.tone === 'danger' && 'text-danger-text data-highlighted:bg-danger-soft [&_svg]:!text-danger-text')}
    >
      {entry.icon}
      <span className="flex-1">{entry.label}</span>
    </Radix.Item>
  )
}

/** The menu stays open, so that the effect is seen. */
function Choice({ entry: { label, value, options, onChange } }: { entry: Extract<MenuEntry, { kind: 'choice' }> }) {
  return (
    <Radix.RadioGroup value={value} aria-label={label}>
      <Radix.Label className="px-2 pt-2 pb-1 text-xs text-faint">{label}</Radix.Label>
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
