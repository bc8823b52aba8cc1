import type { Locale } from '@llm-manager/contract/common'
import type { MessageValues } from '../platform/failure.ts'
import { en } from './en.ts'
import { es } from './es.ts'
import { ptBR, type MessageKey } from './pt-br.ts'

const books: Record<Locale, Record<MessageKey, string>> = { 'pt-BR': ptBR, en, es }

/** The text of a message in a language, with `{name}` filled in. A key that is in no book is a mistake of ours and throws. */
export function say(locale: Locale, key: string, values: MessageValues = {}): string {
  const text = books[locale][key as MessageKey]
  if (text === undefined) throw new Error(`No message named ${key}`)
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}

/** The language a caller asks for by `Accept-Language` (RFC 9110 12.5.4), of the three we speak; pt-BR where it says nothing usable. */
export function chooseLocale(acceptLanguage: string | undefined): Locale {
  let best: Locale = 'pt-BR'
  let bestWeight = 0
  for (const part of (acceptLanguage ?? '').slice(0, 500).split(',')) {
    const [tag = '', ...parameters] = part.trim().toLowerCase().split(';')
    const quality = parameters
      .map((parameter) => /^\s*q=([01](?:\.\d{0,3})?)\s*$/.exec(parameter)?.[1])
      .find((found) => found !== undefined)
    const weight = quality === undefined ? 1 : Number(quality)
    const locale = localeOf(tag.trim())
    if (locale && weight > bestWeight) {
      best = locale
      bestWeight = weight
    }
  }
  return best
}

function localeOf(tag: string): Locale | null {
  const language = tag.split('-')[0]
  return language === 'pt' ? 'pt-BR' : language === 'en' ? 'en' : language === 'es' ? 'es' : null
}
