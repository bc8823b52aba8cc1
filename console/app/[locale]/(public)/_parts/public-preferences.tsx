'use client'

import { useLocale, useTranslations } from 'next-intl'
import { useSearchParams } from 'next/navigation'
import { Link, usePathname } from '#i18n/navigation.ts'
import { locales } from '#i18n/routing.ts'
import { themes } from '#lib/preferences/preferences.ts'
import { usePreferences } from '#lib/preferences/preferences-store.ts'
import { cx } from '#ui/theme/cx.ts'

const languageNames = { 'pt-BR': 'Português', en: 'English', es: 'Español' }
const linkClass = 'inline-flex min-h-6 items-center rounded-sm text-xs hover:text-text'

/** Language and theme for whoever is not signed in. */
export function PublicPreferences() {
  const t = useTranslations('signIn')
  const locale = useLocale()
  const pathname = usePathname()
  const search = useSearchParams()
  const { theme, setTheme } = usePreferences()
  return (
    <div className="flex flex-wrap items-center justify-center gap-x-8 gap-y-2">
      <nav aria-label={t('language')} className="flex gap-4">
        {locales.map((value) => (
          <Link
            key={value}
            href={search.size > 0 ? `${pathname}?${search}` : pathname}
            locale={value}
            replace
            aria-current={value === locale || undefined}
            className={cx(linkClass, value === locale ? 'font-medium text-text' : 'text-muted')}
          >
            {languageNames[value]}
          </Link>
        ))}
      </nav>
      <div role="group" aria-label={t('theme')} className="flex gap-4">
        {themes.map((value) => (
          <button
            key={value}
            type="button"
            aria-pressed={value === theme}
            onClick={() => setTheme(value)}
            className={cx(linkClass, value === theme ? 'font-medium text-text' : 'text-muted')}
          >
            {t(`themes.${value}`)}
          </button>
        ))}
      </div>
    </div>
  )
}
