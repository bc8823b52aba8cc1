import { describe, expect, test } from 'vitest'
import { formatUsd, formatUsdExact, formatUsdTick } from './money.ts'
import { formatChange, formatCount, formatDuration, formatInteger, formatShare } from './number.ts'
import { parseDecimal } from './parse-decimal.ts'
import { formatBucket, formatInstant, formatRelative, formatTick, zoneName } from './time.ts'

/** Intl separates with spaces that do not break; what is expected is written with plain ones. */
const plain = (text: string | null) => text?.replace(/[\u00a0\u202f]/g, ' ')

describe('money has enough digits to be true', () => {
  test.each([
    ['pt-BR', 0, 'US$ 0,00'],
    ['pt-BR', 0.00042, 'US$ 0,00042'],
    ['pt-BR', 0.000000001, 'US$ 0,000000001'],
    ['pt-BR', 0.155, 'US$ 0,155'],
    ['pt-BR', 0.5, 'US$ 0,50'],
    ['pt-BR', 0.99999, 'US$ 1,00'],
    ['pt-BR', 1.239, 'US$ 1,24'],
    ['pt-BR', 1234567.891, 'US$ 1.234.567,89'],
    ['en', 0.00042, '$0.00042'],
    ['en', 1234.5, '$1,234.50'],
    ['es', 0.00042, '0,00042 US$'],
    ['pt-BR', -0.00042, '-US$ 0,00042'],
  ])('%s: %d is %s', (locale, usd, expected) => expect(plain(formatUsd(locale, usd))).toBe(expected))

  test('the exact amount goes down to the nano-dollar', () => expect(plain(formatUsdExact('pt-BR', 1.123456789))).toBe('US$ 1,123456789'))

  test('ticks of an axis can be told apart', () => {
    expect(plain(formatUsdTick('pt-BR', 0.0004, 0.0002))).toBe('US$ 0,0004')
    expect(plain(formatUsdTick('pt-BR', 1.5, 0.5))).toBe('US$ 1,50')
    expect(plain(formatUsdTick('en', 25_000, 5_000))).toBe('$25K')
    expect(plain(formatUsdTick('en', 3, 1))).toBe('$3')
  })
})

describe('counts', () => {
  test.each([
    ['pt-BR', 9_999, '9.999'],
    ['pt-BR', 12_345, '12,3 mil'],
    ['pt-BR', 1_234_567, '1,23 mi'],
    ['en', 12_345, '12.3K'],
    ['en', 0, '0'],
  ])('%s: %d is shown as %s', (locale, count, expected) => expect(plain(formatCount(locale, count))).toBe(expected))

  test('the exact count is a hover away', () => expect(plain(formatInteger('pt-BR', 1_234_567))).toBe('1.234.567'))

  test('shares keep a digit where one tells something', () => {
    expect(plain(formatShare('pt-BR', 0.455))).toBe('45,5%')
    expect(plain(formatShare('en', 0.0042))).toBe('0.42%')
    expect(plain(formatShare('en', 1))).toBe('100%')
    expect([plain(formatShare('pt-BR', 0.000005)), plain(formatShare('en', 0))]).toEqual(['< 0,01%', '0%'])
  })

  test('a change is signed, and there is none from nothing', () => {
    expect(plain(formatChange('en', 112, 100))).toBe('+12%')
    expect(plain(formatChange('pt-BR', 98.8, 100))).toBe('-1,2%')
    expect(plain(formatChange('en', 100, 100))).toBe('0%')
    expect(formatChange('en', 5, 0)).toBeNull()
  })

  test('a duration is in the unit a person would say', () => {
    expect([850, 1_234, 65_000, 300_000].map((ms) => plain(formatDuration('pt-BR', ms)))).toEqual(['850 ms', '1,2 s', '65 s', '5 min'])
  })
})

describe('time', () => {
  const now = Date.UTC(2026, 10, 22, 12)

  test.each([
    ['pt-BR', 0, 'agora'],
    ['pt-BR', -45_000, 'há 45 seg.'],
    ['pt-BR', -5 * 60_000, 'há 5 min.'],
    ['pt-BR', -26 * 3_600_000, 'há 1 dia'],
    ['pt-BR', -40 * 86_400_000, 'há 1 mês'],
    ['en', -3 * 3_600_000, '3h ago'],
    ['en', 3 * 86_400_000, 'in 3d'],
    ['es', -5 * 60_000, 'hace 5 min'],
  ])('%s: %d ms from now is %s', (locale, differenceMs, expected) =>
    expect(plain(formatRelative(locale, now + differenceMs, now))).toBe(expected),
  )

  test('the instant is in the person’s zone, and names it', () => {
    expect(plain(formatInstant('pt-BR', now, 'America/Sao_Paulo'))).toBe('22 de nov. de 2026, 09:00:00 BRT')
    expect(zoneName('pt-BR', now, 'UTC')).toBe('UTC')
  })

  test('hours are of 24 in every language', () => {
    const evening = Date.UTC(2026, 10, 22, 23)
    expect([formatTick('en', evening, 'UTC', 'hour'), formatTick('pt-BR', evening, 'UTC', 'hour')]).toEqual(['23:00', '23:00'])
    expect(plain(formatBucket('en', evening, 'UTC', 'hour'))).toBe('Sun, Nov 22, 23:00')
  })
})

describe('a typed number', () => {
  test.each([
    ['pt-BR', '1.234,5', 1234.5],
    ['pt-BR', '1.000', 1000],
    ['pt-BR', '0.5', 0.5],
    ['pt-BR', '0,00042', 0.00042],
    ['pt-BR', '1.234.567', 1234567],
    ['en', '1,234.5', 1234.5],
    ['en', '1,000', 1000],
    ['en', '1.000', 1],
    ['en', '0,5', 0.5],
    ['en', '0.125', 0.125],
    ['pt-BR', '0.125', 0.125],
    ['es', ' 12 500 ', 12500],
    ['en', '7', 7],
  ])('%s: %j is %d', (locale, text, expected) => expect(parseDecimal(locale, text)).toBe(expected))

  test.each(['abc', '1,2,3.4.5', '-5', '1e5', '5$', '.'])('%j is no number', (text) => expect(parseDecimal('en', text)).toBeNaN())

  test('nothing is nothing', () => expect(parseDecimal('en', '  ')).toBeNull())
})
