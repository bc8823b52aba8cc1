import { defineRouting } from 'next-intl/routing'

export const locales = ['pt-BR', 'en', 'es'] as const
export type Locale = (typeof locales)[number]

/** Every page's address begins with its language, so that a link shows the same page to whoever opens it. */
export const routing = defineRouting({
  locales,
  defaultLocale: 'pt-BR',
  localePrefix: 'always',
  alternateLinks: false,
  localeCookie: { name: 'llm-locale', maxAge: 31_536_000 },
})
