'use client'

import { CircleAlert, X } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useRef, useState } from 'react'
import type { ClipboardEvent, KeyboardEvent } from 'react'
import type { ControlProps } from '../form/field.tsx'
import { controlClass } from '../form/input.tsx'
import { cx } from '../theme/cx.ts'
import { SuggestionList, useSuggestions } from './suggestion-list.tsx'
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
const box = cx(
  controlClass,
  'flex min-h-8 cursor-text flex-wrap items-center gap-1 p-1 pointer-coarse:min-h-10',
  'focus-within:border-transparent focus-within:outline-2 focus-within:outline-focus has-aria-invalid:border-danger',
)

/** Several words in one field: typed or pasted, taken away one by one, with suggestions while typing. */
export function TokenInput({ control, tokens, onChange, isValid = () => true, ...entry }: TokenInputProps) {
  const t = useTranslations('ui.tokens')
  const input = useRef<HTMLInputElement>(null)
  const remove = (token: string) => {
    onChange(tokens.filter((kept) => kept !== token))
    input.current?.focus()
  }
  return (
    <div className="relative">
      <div
        className={box}
        onMouseDown={(event) => {
          if (event.target !== event.currentTarget) return
          event.preventDefault()
          input.current?.focus()
        }}
      >
        {tokens.map((token) => (
          <Token key={token} token={token} isValid={isValid(token)} label={t('remove', { token })} onRemove={() => remove(token)} />
        ))}
        <Entry {...entry} control={control} tokens={tokens} onChange={onChange} ref={input} />
      </div>
    </div>
  )
}

type EntryProps = Omit<TokenInputProps, 'isValid'> & { ref: { current: HTMLInputElement | null } }

/** Where the next word is typed. */
function Entry({ control, tokens, onChange, separators, suggestions = [], placeholder, ref }: EntryProps) {
  const [typed, setTyped] = useState('')
  const words = suggestionsFor(typed, suggestions, tokens, suggestionsMax)
  const list = useSuggestions(control.id, words)
  const add = (text: string) => {
    onChange([...tokens, ...newTokens(text, separators, tokens)])
    setTyped('')
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (list.walk(event)) return
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
    <>
      <input
        {...control}
        {...list.attributes}
        ref={ref}
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
      {list.isShown && (
        <SuggestionList
          list={list}
          keyOf={(word) => word}
          onChoose={add}
          draw={(word) => <span className="truncate font-mono text-xs">{word}</span>}
        />
      )}
    </>
  )
}

function Token({ token, isValid, label, onRemove }: { token: string; isValid: boolean; label: string; onRemove: () => void }) {
  return (
    <span
      className={cx(
        'inline-flex h-6 max-w-full items-center rounded-sm pl-1.5 font-mono text-xs pointer-coarse:h-8',
        isValid ? 'bg-pressed text-text' : 'bg-danger-soft text-danger-text',
      )}
    >
      {!isValid && <CircleAlert aria-hidden className="mr-1 size-3 shrink-0" />}
      <span className="truncate">{token}</span>
      <button
        type="button"
        aria-label={label}
        onClick={onRemove}
        className="flex size-6 shrink-0 items-center justify-center rounded-sm hover:bg-hover pointer-coarse:size-8"
      >
        <X aria-hidden className="size-3" />
      </button>
    </span>
  )
}
