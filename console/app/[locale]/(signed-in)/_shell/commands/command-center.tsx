'use client'

import type { Permission } from '@llm-manager/contract/permissions'
import { lazy, Suspense, useEffect, useState } from 'react'
import { useRouter } from '#i18n/navigation.ts'
import { isTyping } from '#ui/table/table-keys.ts'
import { closeCommandCenter, openHelp, openPalette, useCommandCenter } from './command-center-store.ts'
import { entriesFor } from '../navigation-entries.ts'

const Palette = lazy(() => import('./palette.tsx').then(({ Palette }) => ({ default: Palette })))
const ShortcutHelp = lazy(() => import('./shortcut-help.tsx').then(({ ShortcutHelp }) => ({ default: ShortcutHelp })))

/** How long `g` waits for the letter of a page. */
const sequenceMs = 1_200

/** Listens for the keyboard's commands, and shows the palette and the list of keys. Both load when first asked for. */
export function CommandCenter({ permissions }: { permissions: readonly Permission[] }) {
  const open = useCommandCenter((center) => center.open)
  const [wasOpened, setWasOpened] = useState(false)
  if (open && !wasOpened) setWasOpened(true)
  useShortcuts(permissions)
  if (!wasOpened) return null
  return (
    <Suspense>
      <Palette permissions={permissions} isOpen={open === 'palette'} onClose={closeCommandCenter} />
      <ShortcutHelp permissions={permissions} isOpen={open === 'help'} onClose={closeCommandCenter} />
    </Suspense>
  )
}

function useShortcuts(permissions: readonly Permission[]): void {
  const router = useRouter()
  useEffect(() => {
    let goneAtMs = 0
    const onKey = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        return openPalette()
      }
      if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return
      const entry = Date.now() - goneAtMs < sequenceMs ? entriesFor(permissions).find(({ key }) => key === event.key) : undefined
      goneAtMs = event.key === 'g' ? Date.now() : 0
      if (entry) router.push(entry.path)
      else if (event.key === '/') {
        event.preventDefault()
        openPalette()
      } else if (event.key === '?') openHelp()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [permissions, router])
}
