import { create } from 'zustand'
import { navCookie, themeCookie } from './preferences.ts'
import type { Theme } from './preferences.ts'
import { timeZoneCookie } from './time-zone.ts'

type Preferences = {
  theme: Theme
  isNavCollapsed: boolean
  setTheme: (theme: Theme) => void
  toggleNav: () => void
  /** Takes over what the server wrote on `<html>`, and tells it the browser's time zone for the next page. */
  adopt: () => void
}

/** The person's choices on this device. They live in cookies so that the server can draw the first paint with them. */
export const usePreferences = create<Preferences>((set, get) => ({
  theme: 'system',
  isNavCollapsed: false,
  setTheme: (theme) => {
    if (theme === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme
    remember(themeCookie, theme)
    set({ theme })
  },
  toggleNav: () => {
    const isNavCollapsed = !get().isNavCollapsed
    if (isNavCollapsed) document.documentElement.dataset.nav = 'collapsed'
    else delete document.documentElement.dataset.nav
    remember(navCookie, isNavCollapsed ? 'collapsed' : 'open')
    set({ isNavCollapsed })
  },
  adopt: () => {
    const { theme, nav } = document.documentElement.dataset
    remember(timeZoneCookie, Intl.DateTimeFormat().resolvedOptions().timeZone)
    set({ theme: theme === 'light' || theme === 'dark' ? theme : 'system', isNavCollapsed: nav === 'collapsed' })
  },
}))

function remember(name: string, value: string): void {
  const secure = location.protocol === 'https:' ? '; Secure' : ''
  document.cookie = `${name}=${encodeURIComponent(value)}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`
}
