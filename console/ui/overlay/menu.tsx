'use client'

import { lazy, Suspense, useState } from 'react'
import type { KeyboardEvent, ReactElement } from 'react'
import type { MenuEntry } from './menu-entries.ts'

export type TriggerProps = {
  'aria-haspopup'?: 'menu'
  'aria-expanded'?: boolean
  onClick?: () => void
  onFocus?: () => void
  onPointerEnter?: () => void
  onKeyDown?: (event: KeyboardEvent) => void
}

export type MenuProps = {
  label: string
  entries: readonly MenuEntry[]
  align?: 'start' | 'end'
  /** Draws the button that opens the menu. */ trigger: (props: TriggerProps) => ReactElement
}

const load = () => import('./radix-menu.tsx')
const RadixMenu = lazy(() => load().then(({ RadixMenu }) => ({ default: RadixMenu })))

/** What can be done with something, behind one button. The menu loads when the pointer or the keyboard comes near. */
export function Menu(props: MenuProps) {
  const [isWanted, setWanted] = useState(false)
  const preload = () => void load()
  const want = () => setWanted(true)
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowDown') return
    event.preventDefault()
    want()
  }
  const plain = props.trigger({
    'aria-haspopup': 'menu',
    'aria-expanded': false,
    onClick: want,
    onKeyDown,
    onFocus: preload,
    onPointerEnter: preload,
  })
  if (!isWanted) return plain
  return (
    <Suspense fallback={plain}>
      <RadixMenu {...props} />
    </Suspense>
  )
}
