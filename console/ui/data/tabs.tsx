'use client'

import * as Radix from 'radix-ui/tabs'
import type { ReactNode } from 'react'

type Tab = { id: string; label: ReactNode; content: ReactNode }

/** Several views of one thing in one place. */
export function Tabs({ label, tabs, value, onChange }: { label: string; tabs: readonly Tab[]; value?: string; onChange?: (id: string) => void }) {
  return (
    <Radix.Root defaultValue={value === undefined ? tabs[0]?.id : undefined} value={value} onValueChange={onChange}>
      <Radix.List aria-label={label} className="flex gap-5 overflow-x-auto border-b">
        {tabs.map(({ id, label: name }) => (
          <Radix.Trigger
            key={id}
            value={id}
            className="-mb-px h-9 shrink-0 border-b-2 border-transparent text-sm text-muted outline-offset-[-2px] transition-colors hover:text-text data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-text"
          >
            {name}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map(({ id, content }) => (
        <Radix.Content key={id} value={id} className="pt-4 outline-offset-4">
          {content}
        </Radix.Content>
      ))}
    </Radix.Root>
  )
}
