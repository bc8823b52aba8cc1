'use client'

import { useEffect } from 'react'

/** Where keys are typed, not commands. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input, textarea, select, [role="combobox"], [role="listbox"] *, [role="menu"] *'))
  )
}

/** `j` and `k` walk along the rows of a table, whichever panel is open beside it. */
export function useRowKeys(table: { current: HTMLElement | null }): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.key !== 'j' && event.key !== 'k') || event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return
      const openers = [...(table.current?.querySelectorAll<HTMLElement>('[data-row-opener]') ?? [])]
      if (openers.length === 0) return
      const at = openers.findIndex((opener) => opener === document.activeElement || opener.dataset.rowOpener === 'open')
      const next = at === -1 ? 0 : Math.min(Math.max(at + (event.key === 'j' ? 1 : -1), 0), openers.length - 1)
      openers[next]?.focus()
      openers[next]?.scrollIntoView({ block: 'nearest' })
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [table])
}
