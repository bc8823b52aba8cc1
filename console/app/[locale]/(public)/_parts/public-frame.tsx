import { getTranslations } from 'next-intl/server'
import type { ReactNode } from 'react'
import { LogoMark } from '../../(signed-in)/_shell/logo.tsx'
import { PublicPreferences } from './public-preferences.tsx'

/** What stands around the pages for whoever is not signed in. */
export async function PublicFrame({ children }: { children: ReactNode }) {
  const t = await getTranslations('shell')
  return (
    <div className="flex min-h-dvh flex-col">
      <main className="flex flex-1 items-start justify-center px-5 pt-[14vh] pb-16">
        <div className="flex w-full max-w-90 flex-col gap-8">
          <div className="flex items-center gap-2.5">
            <LogoMark className="size-7" />
            <span className="font-semibold tracking-tight">{t('product')}</span>
          </div>
          {children}
        </div>
      </main>
      <footer className="flex justify-center px-5 pb-6">
        <PublicPreferences />
      </footer>
    </div>
  )
}
