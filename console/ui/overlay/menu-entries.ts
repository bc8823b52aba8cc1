import type { ReactNode } from 'react'

/** What stands in a menu, as data: the menu itself loads when it is first opened. */
export type MenuEntry =
  | { kind: 'item'; id: string; label: string; icon?: ReactNode; tone?: 'danger'; isDisabled?: boolean; onSelect: () => void }
  | {
      kind: 'choice'
      id: string
      label: string
      value: string
      options: readonly { value: string; label: string; icon?: ReactNode }[]
      onChange: (value: string) => void
    }
  | { kind: 'text'; id: string; content: ReactNode }
  | { kind: 'line'; id: string }

/** One of a few in a menu, checked against its own values. */
export function menuChoice<V extends string>(choice: {
  id: string
  label: string
  value: V
  options: readonly { value: V; label: string; icon?: ReactNode }[]
  onChange: (value: V) => void
}): MenuEntry {
  return { ...choice, kind: 'choice', onChange: (value) => choice.onChange(value as V) }
}
