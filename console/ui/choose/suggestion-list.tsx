'use client'

import { useEffect, useState } from 'react'
import type { KeyboardEvent, ReactNode } from 'react'
import { cx } from '../theme/cx.ts'

/** The state of the list under a field, after the combobox pattern: the focus stays where one types, the arrows walk. */
export function useSuggestions<T>(inputId: string, items: readonly T[]) {
  const [isOpen, setOpen] = useState(false)
  const [at, setAt] = useState(-1)
  const isShown = isOpen && items.length > 0
  const id = `${inputId}-suggestions`
  const open = () => {
    setOpen(true)
    setAt(-1)
  }
  const close = () => {
    setOpen(false)
    setAt(-1)
  }
  useEscape(isShown, close)
  /** Answers whether the key was one that walks. */
  const walk = (event: KeyboardEvent): boolean => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return false
    event.preventDefault()
    setOpen(true)
    setAt(Math.min(Math.max(at + (event.key === 'ArrowDown' ? 1 : -1), -1), items.length - 1))
    return true
  }
  const attributes = {
    role: 'combobox',
    'aria-autocomplete': 'list' as const,
    'aria-expanded': isShown,
    'aria-controls': isShown ? id : undefined,
    'aria-activedescendant': isShown && at >= 0 ? `${id}-${at}` : undefined,
  }
  return { id, items, at, isOpen, isShown, active: isShown ? items[at] : undefined, attributes, open, close, walk }
}

type SuggestionListProps<T> = {
  list: { id: string; items: readonly T[]; at: number }
  keyOf: (item: T) => string
  draw: (item: T) => ReactNode
  onChoose: (item: T) => void
}

export function SuggestionList<T>({ list: { id, items, at }, keyOf, draw, onChoose }: SuggestionListProps<T>) {
  const active = at >= 0 ? `${id}-${at}` : null
  useEffect(() => {
    if (active) document.getElementById(active)?.scrollIntoView({ block: 'nearest' })
  }, [active])
  return (
    <ul
      id={id}
      role="listbox"
      className="absolute inset-x-0 top-full z-10 mt-1 max-h-66 overflow-y-auto overscroll-contain rounded-lg bg-raised p-1 shadow-floating"
    >
      {items.map((item, index) => (
        <li
          key={keyOf(item)}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === at}
          onMouseDown={(event) => {
            event.preventDefault()
            onChoose(item)
          }}
          className={cx(
            'flex min-h-8 cursor-default items-center gap-2 rounded-md px-2 py-1 text-sm hover:bg-hover pointer-coarse:min-h-10',
            index === at && 'bg-hover',
          )}
        >
          {draw(item)}
        </li>
      ))}
    </ul>
  )
}

/** Escape closes the list and nothing around it: it is heard before the dialog hears it. */
function useEscape(isOn: boolean, onEscape: () => void): void {
  useEffect(() => {
    if (!isOn) return
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (event.key !== 'Escape') return
      event.stopPropagation()
      onEscape()
    }
    window.addEventListener('keydown', onKey, { capture: true })
    return () => window.removeEventListener('keydown', onKey, { capture: true })
  })
}
