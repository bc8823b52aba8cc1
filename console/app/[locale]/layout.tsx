import type { Metadata, Viewport } from 'next'
import { hasLocale, NextIntlClientProvider } from 'next-intl'
import { getLocale, getTimeZone, getTranslations } from 'next-intl/server'
import { cookies, headers } from 'next/headers'
import { notFound } from 'next/navigation'
import { locale as localeOfPath } from 'next/root-params'
import { NuqsAdapter } from 'nuqs/adapters/next/app'
import type { ReactNode } from 'react'
import { routing } from '#i18n/routing.ts'
import { pickMessages } from '#lib/i18n/pick-messages.ts'
import { BrowserSetup } from '#lib/preferences/browser-setup.tsx'
import { readPreferenceAttributes } from '#lib/preferences/preferences.ts'
import { NowProvider } from '#ui/figure/now.tsx'
import { HintLayer } from '#ui/overlay/hint-layer.tsx'
import { Toaster } from '#ui/overlay/toaster.tsx'
import '#ui/theme/theme.css'
import { inter, jetbrainsMono } from '../fonts.ts'

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('shell')
  return { title: { default: t('product'), template: `%s · ${t('product')}` }, description: t('description'), robots: { index: false } }
}

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#f9f9fa' },
    { media: '(prefers-color-scheme: dark)', color: '#0e0f12' },
  ],
}

export default async function RootLayout({ children }: { children: ReactNode }) {
  if (!hasLocale(routing.locales, await localeOfPath())) notFound()
  const locale = await getLocale()
  const timeZone = await getTimeZone()
  const nonce = (await headers()).get('x-nonce') ?? undefined
  return (
    <html lang={locale} className={`${inter.variable} ${jetbrainsMono.variable}`} {...readPreferenceAttributes(await cookies())}>
      <body>
        <NextIntlClientProvider timeZone={timeZone} messages={await pickMessages(['ui', 'errors'])}>
          <BrowserSetup nonce={nonce} />
          <NowProvider at={renderedAt()}>
            <NuqsAdapter>{children}</NuqsAdapter>
          </NowProvider>
          <HintLayer />
          <Toaster />
        </NextIntlClientProvider>
      </body>
    </html>
  )
}

function renderedAt(): number {
  return Date.now()
}
