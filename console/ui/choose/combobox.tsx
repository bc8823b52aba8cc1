'use client'

import { ChevronsUpDown } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import type { ChangeEvent, KeyboardEvent, MouseEvent, ReactNode } from 'react'
import { matches } from '#lib/search.ts'
import type { ControlProps } from '../form/field.tsx'
import { controlClass } from '../form/input.tsx'
import { cx } from '../theme/cx.ts'
import { SuggestionList, useSuggestions } from './suggestion-list.tsx'

export type Choice = {
  value: string
  label: string
  /** Told beside the label, and searched too. */
  note?: string
  icon?: ReactNode
}

type ComboboxProps = {
  control: ControlProps
  choices: readonly Choice[]
  value: string | null
  onChange: (value: string) => void
  placeholder?: string
  /** The list is still being fetched. */
  isPending?: boolean
  /** Said in the place of a list that has nothing in it. */
  empty?: string
}

/** More than these are not drawn: what is typed narrows them. */
const shownMax = 60
const box = cx(
  controlClass,
  'flex h-8 items-center gap-2 px-2.5 pointer-coarse:h-10 focus-within:border-transparent focus-within:outline-2 focus-within:outline-focus has-aria-invalid:border-danger',
)

/** One choice out of a list that is too long to look through: typed for, by what it is called. */
export function Combobox({ placeholder, isPending = false, empty, ...props }: ComboboxProps) {
  const { chosen, list, typed, choose, entry } = useCombobox(props)
  const isEmpty = list.isOpen && !list.isShown
  return (
    <div className="relative">
      <span className={box}>
        {typed === null && chosen?.icon}
        <input
          {...props.control}
          {...entry}
          placeholder={placeholder}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          className="h-full min-w-0 flex-1 truncate bg-transparent outline-none"
        />
        {typed === null && chosen?.note && <span className="shrink-0 truncate text-xs text-faint max-sm:hidden">{chosen.note}</span>}
        <ChevronsUpDown aria-hidden className="pointer-events-none size-3.5 shrink-0 text-faint" />
      </span>
      {list.isShown && <SuggestionList list={list} keyOf={({ value }) => value} draw={drawChoice} onChoose={choose} />}
      {isEmpty && <Nothing isPending={isPending} words={typed ? undefined : empty} />}
    </div>
  )
}

/** What is typed, what that finds, and what is chosen of it. */
function useCombobox({ control, choices, value, onChange }: Pick<ComboboxProps, 'control' | 'choices' | 'value' | 'onChange'>) {
  const [typed, setTyped] = useState<string | null>(null)
  const chosen = choices.find((choice) => choice.value === value)
  const found = choices.filter(({ label, note = null }) => matches(typed ?? '', label, note))
  const list = useSuggestions(control.id, found.slice(0, shownMax))
  const leave = () => {
    setTyped(null)
    list.close()
  }
  const choose = (choice: Choice) => {
    onChange(choice.value)
    leave()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (list.walk(event) || event.key !== 'Enter' || !list.isShown) return
    event.preventDefault()
    const picked = list.active ?? (typed && found.length === 1 ? found[0] : undefined)
    if (picked) choose(picked)
  }
  const entry = {
    ...list.attributes,
    value: typed ?? chosen?.label ?? '',
    onChange: (event: ChangeEvent<HTMLInputElement>) => {
      setTyped(event.target.value)
      list.open()
    },
    onClick: (event: MouseEvent<HTMLInputElement>) => {
      list.open()
      event.currentTarget.select()
    },
    onBlur: leave,
    onKeyDown,
  }
  return { chosen, list, typed, choose, entry }
}

function Nothing({ isPending, words }: { isPending: boolean; words: string | undefined }) {
  const t = useTranslations('ui.combobox')
  return (
    <p role="status" className="absolute inset-x-0 top-full z-10 mt-1 rounded-lg bg-raised px-3 py-2 text-sm text-muted shadow-floating">
      {isPending ? t('pending') : (words ?? t('noMatch'))}
    </p>
  )
}

function drawChoice({ label, note, icon }: Choice) {
  return (
    <>
      {icon}
      <span className="min-w-0 flex-1 truncate">{label}</span>
      {note && <span className="max-w-1/2 shrink-0 truncate text-xs text-faint">{note}</span>}
    </>
  )
}
