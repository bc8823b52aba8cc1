import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import type { Me } from '#lib/session/console-session.ts'
import { BottomNav } from './bottom-nav.tsx'
import { CommandCenter } from './commands/command-center.tsx'
import { SideNav } from './side-nav.tsx'
import { TopBar } from './top-bar.tsx'

/** What stands around every page: navigation at the left (below, on a phone), the bar above, the page. */
export async function AppShell({ me, children }: { me: Me; children: ReactNode }) {
  const t = await getTranslations('shell')
  return (
    <div className="min-h-dvh sm:grid sm:grid-cols-[var(--nav-width)_minmax(0,1fr)]">
      <a
        href="#main"
        className="sr-only z-60 rounded-md bg-accent px-3 py-2 text-sm font-medium text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {t('skipLink')}
      </a>
      <SideNav permissions={me.permissions} />
      <div className="flex min-w-0 flex-col">
        <TopBar me={me} />
        <main id="main" tabIndex={-1} className="mx-auto w-full max-w-350 flex-1 px-4 pt-5 pb-24 outline-none sm:px-8 sm:pt-7 sm:pb-12">
          {children}
        </main>
      </div>
      <BottomNav permissions={me.permissions} />
      <CommandCenter permissions={me.permissions} />
    </div>
  )
}
