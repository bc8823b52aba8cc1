/**
 * Reads a number as people of a language write it: `1.234,5` in Portuguese, `1,234.5` in English. A single separator
 * that does not stand before exactly three digits is taken as the decimal one in any language, so `0.5` is never 5.
 * Answers NaN for what is no number, and null for nothing.
 */
export function parseDecimal(locale: string, text: string): number | null {
  const plain = text.replace(/[\s\u00a0\u202f]/g, '')
  if (plain === '') return null
  if (!/^\d[\d.,]*$|^[.,]\d+$/.test(plain)) return Number.NaN
  const decimal = decimalSeparatorIn(locale, plain)
  const [whole = '', fraction, ...more] = decimal ? plain.split(decimal) : [plain]
  if (more.length > 0 || /[.,]/.test(fraction ?? '')) return Number.NaN
  return Number(`${whole.replace(/[.,]/g, '') || '0'}.${fraction ?? '0'}`)
}

function decimalSeparatorIn(locale: string, plain: string): string | null {
  const separators = plain.match(/[.,]/g) ?? []
  if (separators.length === 0) return null
  const last = separators.at(-1) ?? ''
  const kinds = new Set(separators).size
  if (kinds === 2) return last
  if (separators.length > 1) return null
  const own = new Intl.NumberFormat(locale).formatToParts(0.5).find(({ type }) => type === 'decimal')?.value
  const isGroup = /^\d{1,3}[.,]\d{3}$/.test(plain) && !plain.startsWith('0')
  return last === own || !isGroup ? last : null
}
