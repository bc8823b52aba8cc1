'use client'

import { NextIntlClientProvider, useLocale, useMessages } from 'next-intl'
import type { AbstractIntlMessages } from 'next-intl'
import type { ReactNode } from 'react'

/** Adds words to those the parts above already have, so that a page brings only its own. */
export function MessagesScope({ messages, children }: { messages: AbstractIntlMessages; children: ReactNode }) {
  const locale = useLocale()
  const inherited = useMessages()
  return (
    <NextIntlClientProvider locale={locale} messages={{ ...inherited, ...messages }}>
      {children}
    </NextIntlClientProvider>
  )
}
