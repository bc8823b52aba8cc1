'use client'

import { useLocale } from 'next-intl'
import { useSearchParams } from 'next/navigation'
import { usePathname, useRouter } from '#i18n/navigation.ts'
import type { Locale } from '#i18n/routing.ts'
import { paths } from '#lib/paths.ts'
import { signOut } from '#lib/session/browser-session.ts'

/** Each language under its own name. */
export const languageNames: readonly { value: Locale; label: string }[] = [
  { value: 'pt-BR', label: 'Português' },
  { value: 'en', label: 'English' },
  { value: 'es', label: 'Español' },
]

/** The languages, and a way to see this same view in another of them. */
export function useLanguage() {
  const router = useRouter()
  const pathname = usePathname()
  const search = useSearchParams()
  const setLanguage = (locale: Locale) => router.replace(search.size > 0 ? `${pathname}?${search}` : pathname, { locale })
  return { languages: languageNames, setLanguage }
}

/** Ends the session and leaves for the sign-in page, whether or not the server could be told. */
export function useSignOut(): () => void {
  const locale = useLocale()
  return () => void signOut(locale).finally(() => location.assign(`/${locale}${paths.signIn()}`))
}
