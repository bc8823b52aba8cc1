import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { LogoMark } from '../../(signed-in)/_shell/logo.tsx'
import { PublicPreferences } from './public-preferences.tsx'

/** What stands around the pages for whoever is not signed in. */
export async function PublicFrame({ children }: { children: ReactNode }) {
  const t = await getTranslations('shell')
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex h-16 items-center gap-2.5 px-5 sm:px-8">
        <LogoMark className="size-7" />
        <span className="font-semibold tracking-tight">{t('product')}</span>
      </header>
      <main className="flex flex-1 items-start justify-center px-5 pt-[8vh] pb-16">
        <div className="w-full max-w-90">{children}</div>
      </main>
      <footer className="flex justify-center px-5 pb-6">
        <PublicPreferences />
      </footer>
    </div>
  )
}
