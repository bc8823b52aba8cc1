'use client'

import { Keyboard, LogOut, Monitor, Moon, Sun } from 'lucide-react'
import { useLocale, useTranslations } from 'next-intl'
import type { Me } from '#lib/session/console-session.ts'
import { usePreferences } from '#lib/preferences/preferences-store.ts'
import { Menu, MenuChoice, MenuItem, MenuLine } from '#ui/overlay/menu.tsx'
import { openHelp } from './command-center-store.ts'
import { useLanguage, useSignOut } from './shell-actions.ts'

/** Who is signed in, and what is theirs to choose: theme, language, leaving. */
export function ProfileMenu({ me }: { me: Me }) {
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
  return (
    <Menu label={t('profile')} trigger={<Avatar name={me.name} label={t('profileOf', { name: me.name })} />}>
      <div className="px-2 pt-1.5 pb-2">
        <p className="truncate text-sm font-medium">{me.name}</p>
        <p className="truncate text-xs text-muted">{me.email}</p>
      </div>
      <MenuLine />
      <MenuChoice label={t('theme')} value={theme} options={themes} onChange={setTheme} />
      <MenuLine />
      <MenuChoice label={t('language')} value={locale} options={languages} onChange={setLanguage} />
      <MenuLine />
      <MenuItem icon={<Keyboard aria-hidden />} onSelect={openHelp}>
        {t('shortcuts')}
      </MenuItem>
      <MenuItem icon={<LogOut aria-hidden />} onSelect={signOut}>
        {t('signOut')}
      </MenuItem>
    </Menu>
  )
}

function Avatar({ name, label, ...trigger }: { name: string; label: string }) {
  const words = name.trim().split(/\s+/)
  const initials = [words[0], words.length > 1 ? words.at(-1) : ''].map((word) => word?.slice(0, 1).toUpperCase()).join('')
  return (
    <button {...trigger} type="button" aria-label={label} className="flex size-8 items-center justify-center rounded-full bg-accent-soft text-xs font-semibold text-accent-text hover:opacity-85 pointer-coarse:size-10">
      {initials}
    </button>
  )
}
