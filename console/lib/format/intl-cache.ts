const numbers = new Map<string, Intl.NumberFormat>()
const dates = new Map<string, Intl.DateTimeFormat>()
const relatives = new Map<string, Intl.RelativeTimeFormat>()

/** Formatters cost far more to make than to use; each is made once. */
export function numberFormat(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  return remembered(numbers, locale + JSON.stringify(options), () => new Intl.NumberFormat(locale, options))
}

export function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return remembered(dates, locale + JSON.stringify(options), () => new Intl.DateTimeFormat(locale, options))
}

export function relativeFormat(locale: string, numeric: 'auto' | 'always'): Intl.RelativeTimeFormat {
  return remembered(relatives, locale + numeric, () => new Intl.RelativeTimeFormat(locale, { numeric, style: 'narrow' }))
}

function remembered<T>(known: Map<string, T>, key: string, make: () => T): T {
  const found = known.get(key)
  if (found) return found
  const made = make()
  known.set(key, made)
  return made
}
