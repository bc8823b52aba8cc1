'use client'

import { Search } from 'lucide-react'
import { useTranslations } from 'next-intl'
import type { Me } from '#lib/session/console-session.ts'
import { Kbd } from '#ui/data/kbd.tsx'
import { openPalette } from './commands/command-center-store.ts'
import { LogoMark } from './logo.tsx'
import { ProfileMenu } from './profile-menu.tsx'

/** Whose console this is, the way to everything, and the person. */
export function TopBar({ me }: { me: Me }) {
  const t = useTranslations('shell')
  return (
    <header className="sticky top-0 z-20 flex h-(--bar-height) items-center gap-3 border-b bg-canvas px-4 sm:px-8">
      <LogoMark className="size-6 shrink-0 sm:hidden" />
      <p className="flex min-w-0 items-baseline gap-2 text-sm">
        <span className="truncate font-medium">{me.tenant_name}</span>
        <span className="hidden text-xs text-faint sm:inline">{t(`plans.${me.plan}`)}</span>
      </p>
      <div className="flex flex-1 items-center justify-end gap-2">
        <button
          type="button"
          onClick={openPalette}
          aria-keyshortcuts="Control+K Meta+K /"
          className="flex h-8 items-center gap-2 rounded-md text-sm text-faint hover:text-text max-sm:size-10 max-sm:justify-center sm:w-56 sm:border sm:border-line-strong sm:bg-surface sm:px-2.5 sm:hover:border-line-control"
        >
          <Search aria-hidden className="size-4 shrink-0" />
          <span className="flex-1 text-left max-sm:sr-only">{t('search')}</span>
          <span aria-hidden className="flex gap-0.5 max-sm:hidden">
            <Kbd>Ctrl</Kbd>
            <Kbd>K</Kbd>
          </span>
        </button>
        <ProfileMenu me={me} />
      </div>
    </header>
  )
}
