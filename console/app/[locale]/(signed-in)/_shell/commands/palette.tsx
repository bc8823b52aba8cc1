'use client'

import type { Permission } from '@llm-manager/contract/permissions'
import { Keyboard, Languages, LogOut, Monitor, Moon, Plus, Sun } from 'lucide-react'
import { useLocale, useTranslations } from 'next-intl'
import { useRouter } from '#i18n/navigation.ts'
import { paths } from '#lib/paths.ts'
import { usePreferences } from '#lib/preferences/preferences-store.ts'
import { CommandPalette } from '#ui/palette/command-palette.tsx'
import type { PaletteCommand } from '#ui/palette/command-palette.tsx'
import { openHelp } from './command-center-store.ts'
import { entriesFor } from '../navigation-entries.ts'
import { useLanguage, useSignOut } from '../shell-actions.ts'

type PaletteProps = { permissions: readonly Permission[]; isOpen: boolean; onClose: () => void }

/** The palette with everything the console can do from anywhere. */
export function Palette({ permissions, isOpen, onClose }: PaletteProps) {
  return (
    <CommandPalette
      isOpen={isOpen}
      onClose={onClose}
      commands={[...usePageCommands(permissions), ...useCreateCommands(permissions), ...usePreferenceCommands()]}
    />
  )
}

function usePageCommands(permissions: readonly Permission[]): PaletteCommand[] {
  const t = useTranslations('shell')
  const router = useRouter()
  return entriesFor(permissions).map(({ id, icon: Icon, path, key }) => ({
    id: `go-${id}`,
    group: t('palette.pages'),
    label: t(`pages.${id}`),
    icon: <Icon aria-hidden />,
    keys: ['G', key.toUpperCase()],
    onRun: () => router.push(path),
  }))
}

function useCreateCommands(permissions: readonly Permission[]): PaletteCommand[] {
  const t = useTranslations('shell')
  const router = useRouter()
  const creatable = [
    { id: 'systemKey', permission: 'system_keys:write', path: paths.systemKeys({ panel: 'new' }) },
    { id: 'userKey', permission: 'user_keys:write', path: paths.myKeys({ panel: 'new' }) },
    { id: 'agent', permission: 'agents:write', path: paths.agents({ panel: 'new' }) },
    { id: 'accessKey', permission: 'access_keys:write', path: paths.accessKeys({ panel: 'new' }) },
    { id: 'quota', permission: 'quotas:write', path: paths.quotas({ panel: 'new' }) },
    { id: 'group', permission: 'groups:write', path: paths.groups({ panel: 'new' }) },
  ] as const
  return creatable
    .filter(({ permission }) => permissions.includes(permission))
    .map(({ id, path }) => ({
      id: `new-${id}`,
      group: t('palette.create'),
      label: t(`create.${id}`),
      icon: <Plus aria-hidden />,
      onRun: () => router.push(path),
    }))
}

function usePreferenceCommands(): PaletteCommand[] {
  const t = useTranslations('shell')
  const locale = useLocale()
  const setTheme = usePreferences((preferences) => preferences.setTheme)
  const { languages, setLanguage } = useLanguage()
  const signOut = useSignOut()
  const group = t('palette.preferences')
  return [
    { id: 'theme-light', group, label: t('palette.light'), icon: <Sun aria-hidden />, onRun: () => setTheme('light') },
    { id: 'theme-dark', group, label: t('palette.dark'), icon: <Moon aria-hidden />, onRun: () => setTheme('dark') },
    { id: 'theme-system', group, label: t('palette.system'), icon: <Monitor aria-hidden />, onRun: () => setTheme('system') },
    ...languages
      .filter(({ value }) => value !== locale)
      .map(({ value, label }) => ({
        id: `language-${value}`,
        group,
        label,
        words: [t('language')],
        icon: <Languages aria-hidden />,
        onRun: () => setLanguage(value),
      })),
    { id: 'shortcuts', group, label: t('shortcuts'), icon: <Keyboard aria-hidden />, keys: ['?'], onRun: openHelp },
    { id: 'sign-out', group, label: t('signOut'), icon: <LogOut aria-hidden />, onRun: signOut },
  ]
}
