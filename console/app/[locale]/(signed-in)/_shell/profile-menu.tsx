'use client'

import { Keyboard, LogOut, Monitor, Moon, Sun } from 'lucide-react'
import { useLocale, useTranslations } from 'next-intl'
import { usePreferences } from '#lib/preferences/preferences-store.ts'
import type { Me } from '#lib/session/console-session.ts'
import { Menu } from '#ui/overlay/menu.tsx'
import type { TriggerProps } from '#ui/overlay/menu.tsx'
import { menuChoice } from '#ui/overlay/menu-entries.ts'
import type { MenuEntry } from '#ui/overlay/menu-entries.ts'
import { openHelp } from './commands/command-center-store.ts'
import { useLanguage, useSignOut } from './shell-actions.ts'

/** Who is signed in, and what is theirs to choose: theme, language, leaving. */
export function ProfileMenu({ me }: { me: Me }) {
  const t = useTranslations('shell')
  const entries = useProfileEntries(me)
  return (
    <Menu
      label={t('profile')}
      entries={entries}
      trigger={(props) => <Avatar {...props} name={me.name} label={t('profileOf', { name: me.name })} />}
    />
  )
}

function useProfileEntries(me: Me): readonly MenuEntry[] {
  const t = useTranslations('shell')
  const locale = useLocale()
  const { theme, setTheme } = usePreferences()
  const { languages, setLanguage } = useLanguage()
  const signOut = useSignOut()
  const themes = [
    { value: 'system', label: t('themes.system'), icon: <Monitor aria-hidden /> },
    { value: 'light', label: t('themes.light'), icon: <Sun aria-hidden /> },
    { value: 'dark', label: t('themes.dark'), icon: <Moon aria-hidden /> },
  ] as const
  return [
    { kind: 'text', id: 'person', content: <Person me={me} /> },
    { kind: 'line', id: 'line-1' },
    menuChoice({ id: 'theme', label: t('theme'), value: theme, options: themes, onChange: setTheme }),
    { kind: 'line', id: 'line-2' },
    menuChoice({ id: 'language', label: t('language'), value: locale, options: languages, onChange: setLanguage }),
    { kind: 'line', id: 'line-3' },
    { kind: 'item', id: 'shortcuts', label: t('shortcuts'), icon: <Keyboard aria-hidden />, onSelect: openHelp },
    { kind: 'item', id: 'sign-out', label: t('signOut'), icon: <LogOut aria-hidden />, onSelect: signOut },
  ]
}

function Person({ me }: { me: Me }) {
  return (
    <>
      <p className="truncate text-sm font-medium">{me.name}</p>
      <p className="truncate text-xs text-muted">{me.email}</p>
    </>
  )
}

function Avatar({ name, label, ...trigger }: TriggerProps & { name: string; label: string }) {
  const words = name.trim().split(/\s+/)
  const initials = [words[0], words.length > 1 ? words.at(-1) : ''].map((word) => word?.slice(0, 1).toUpperCase()).join('')
  return (
    <button
      {...trigger}
      type="button"
      aria-label={label}
      className="flex size-8 items-center justify-center rounded-full bg-accent-soft text-xs font-semibold text-accent-text hover:opacity-85 pointer-coarse:size-9"
    >
      {initials}
    </button>
  )
}
