import { hasLocale } from 'next-intl'
import { getRequestConfig } from 'next-intl/server'
import { cookies } from 'next/headers'
import { locale as localeOfPath } from 'next/root-params'
import { readTimeZone } from '#lib/preferences/time-zone.ts'
import { routing } from './routing.ts'

/** Language, messages and time zone of the page being rendered. */
export default getRequestConfig(async ({ locale: explicit }) => {
  const asked = explicit ?? (await localeOfPath())
  const locale = hasLocale(routing.locales, asked) ? asked : routing.defaultLocale
  const { default: messages } = await import(`../messages/${locale}.json`)
  return { locale, messages, timeZone: readTimeZone(await cookies()) }
})
