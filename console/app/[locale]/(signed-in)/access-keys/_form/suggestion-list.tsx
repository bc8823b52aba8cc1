'use client'

import { useEffect, useState } from 'react'
import type { KeyboardEvent } from 'react'
import { cx } from '#ui/theme/cx.ts'

/** The state of the list under a field, after the combobox pattern: the focus stays where one types, the arrows walk. */
export function useSuggestions(inputId: string, words: readonly string[]) {
  const [isOpen, setOpen] = useState(false)
  const [at, setAt] = useState(-1)
  const isShown = isOpen && words.length > 0
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
    setAt(Math.min(Math.max(at + (event.key === 'ArrowDown' ? 1 : -1), -1), words.length - 1))
    return true
  }
  const attributes = {
    role: 'combobox',
    'aria-autocomplete': 'list' as const,
    'aria-expanded': isShown,
    'aria-controls': isShown ? id : undefined,
    'aria-activedescendant': isShown && at >= 0 ? `${id}-${at}` : undefined,
  }
  return { id, words, at, isShown, active: isShown ? words[at] : undefined, attributes, open, close, walk }
}

type SuggestionListProps = { id: string; words: readonly string[]; at: number; onChoose: (word: string) => void }

export function SuggestionList({ id, words, at, onChoose }: SuggestionListProps) {
  return (
    <ul id={id} role="listbox" className="absolute inset-x-0 top-full z-10 mt-1 rounded-lg bg-raised p-1 shadow-floating">
      {words.map((word, index) => (
        <li
          key={word}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === at}
          onMouseDown={(event) => {
            event.preventDefault()
            onChoose(word)
          }}
          className={cx(
            'flex h-7 cursor-default items-center rounded-md px-2 font-mono text-xs hover:bg-hover pointer-coarse:h-10',
            index === at && 'bg-hover',
          )}
        >
          <span className="truncate">{word}</span>
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
