'use client'

import { CircleAlert, X } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useEffect, useRef, useState } from 'react'
import type { ClipboardEvent, KeyboardEvent } from 'react'
import type { ControlProps } from '#ui/form/field.tsx'
import { controlClass } from '#ui/form/input.tsx'
import { cx } from '#ui/theme/cx.ts'
import { newTokens, suggestionsFor } from './token-list.ts'

type TokenInputProps = {
  control: ControlProps
  tokens: readonly string[]
  onChange: (tokens: string[]) => void
  /** What parts the words of a pasted text; typed, a comma ends a word too. */
  separators: RegExp
  /** Words that will not be accepted are marked where they stand. */
  isValid?: (token: string) => boolean
  suggestions?: readonly string[]
  placeholder?: string
}

const suggestionsMax = 8

/** Several words in one field: typed or pasted, taken away one by one, with suggestions while typing. */
export function TokenInput({ control, tokens, onChange, separators, isValid = () => true, suggestions = [], placeholder }: TokenInputProps) {
  const t = useTranslations('accessKeys.tokens')
  const input = useRef<HTMLInputElement>(null)
  const [typed, setTyped] = useState('')
  const add = (text: string) => {
    onChange([...tokens, ...newTokens(text, separators, tokens)])
    setTyped('')
  }
  const remove = (token: string) => {
    onChange(tokens.filter((kept) => kept !== token))
    input.current?.focus()
  }
  const list = useSuggestions(control.id, suggestionsFor(typed, suggestions, tokens, suggestionsMax))
  const onKeyDown = (event: KeyboardEvent) => {
    if (list.onKeyDown(event)) return
    if (event.key === 'Enter' || event.key === ',') {
      event.preventDefault()
      add(list.active ?? typed)
    } else if (event.key === 'Backspace' && typed === '') onChange(tokens.slice(0, -1))
  }
  const onPaste = (event: ClipboardEvent) => {
    event.preventDefault()
    add(typed + event.clipboardData.getData('text'))
  }
  const onBlur = () => {
    list.close()
    if (typed.trim() !== '') add(typed)
  }
  return (
    <div className="relative">
      <div
        className={cx(
          controlClass,
          'flex min-h-8 cursor-text flex-wrap items-center gap-1 p-1 focus-within:border-transparent focus-within:outline-2 focus-within:outline-focus has-aria-invalid:border-danger pointer-coarse:min-h-10',
        )}
        onMouseDown={(event) => {
          if (event.target !== event.currentTarget) return
          event.preventDefault()
          input.current?.focus()
        }}
      >
        {tokens.map((token) => (
          <Token key={token} token={token} isValid={isValid(token)} label={t('remove', { token })} onRemove={() => remove(token)} />
        ))}
        <input
          {...control}
          {...list.attributes}
          ref={input}
          value={typed}
          placeholder={tokens.length === 0 ? placeholder : undefined}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          onChange={(event) => {
            setTyped(event.target.value)
            list.open()
          }}
          onClick={list.open}
          onBlur={onBlur}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          className="h-6 min-w-24 flex-1 bg-transparent px-1.5 font-mono text-xs outline-none placeholder:font-sans placeholder:text-sm pointer-coarse:h-8 pointer-coarse:text-lg"
        />
      </div>
      {list.draw(add)}
    </div>
  )
}

function Token({ token, isValid, label, onRemove }: { token: string; isValid: boolean; label: string; onRemove: () => void }) {
  return (
    <span className={cx('inline-flex h-6 max-w-full items-center rounded-sm pl-1.5 font-mono text-xs pointer-coarse:h-8', isValid ? 'bg-pressed text-text' : 'bg-danger-soft text-danger-text')}>
      {!isValid && <CircleAlert aria-hidden className="mr-1 size-3 shrink-0" />}
      <span className="truncate">{token}</span>
      <button type="button" aria-label={label} onClick={onRemove} className="flex size-6 shrink-0 items-center justify-center rounded-sm hover:bg-hover pointer-coarse:size-8">
        <X aria-hidden className="size-3" />
      </button>
    </span>
  )
}

/** The list under the field, after the combobox pattern: the focus stays where one types, the arrows walk. */
function useSuggestions(inputId: string, found: readonly string[]) {
  const [isOpen, setOpen] = useState(false)
  const [at, setAt] = useState(-1)
  const isShown = isOpen && found.length > 0
  const listId = `${inputId}-suggestions`
  const close = () => {
    setOpen(false)
    setAt(-1)
  }
  useEscape(isShown, close)
  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return false
    event.preventDefault()
    setOpen(true)
    setAt(Math.min(Math.max(at + (event.key === 'ArrowDown' ? 1 : -1), -1), found.length - 1))
    return true
  }
  return {
    active: isShown ? found[at] : undefined,
    open: () => {
      setOpen(true)
      setAt(-1)
    },
    close,
    onKeyDown,
    attributes: { role: 'combobox', 'aria-autocomplete': 'list' as const, 'aria-expanded': isShown, 'aria-controls': isShown ? listId : undefined, 'aria-activedescendant': isShown && at >= 0 ? `${listId}-${at}` : undefined },
    draw: (add: (token: string) => void) =>
      isShown && (
        <ul id={listId} role="listbox" className="absolute inset-x-0 top-full z-10 mt-1 rounded-lg bg-raised p-1 shadow-floating">
          {found.map((word, index) => (
            <li
              key={word}
              id={`${listId}-${index}`}
              role="option"
              aria-selected={index === at}
              onMouseDown={(event) => {
                event.preventDefault()
                add(word)
              }}
              className={cx('flex h-7 cursor-default items-center rounded-md px-2 font-mono text-xs hover:bg-hover pointer-coarse:h-10', index === at && 'bg-hover')}
            >
              <span className="truncate">{word}</span>
            </li>
          ))}
        </ul>
      ),
  }
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
