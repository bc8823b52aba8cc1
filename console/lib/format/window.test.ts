import { expect, test } from 'vitest'
import { formatSpan } from './window.ts'

/** Intl separates with spaces of several widths; what is expected is written with plain ones. */
const plain = (text: string) => text.replace(/[\u00a0\u202f\u2009]/g, ' ')
const span = (locale: string, start: string, end: string, timeZone = 'UTC') =>
  plain(formatSpan(locale, Date.parse(start), Date.parse(end), timeZone, Date.UTC(2026, 10, 22)))

test('a month, a week and a day go by their names, where they begin at midnight in the zone of the limit', () => {
  expect(span('pt-BR', '2026-11-01T03:00:00Z', '2026-12-01T03:00:00Z', 'America/Sao_Paulo')).toBe('novembro de 2026')
  expect(span('en', '2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z')).toBe('November 2026')
  expect(span('en', '2026-11-16T00:00:00Z', '2026-11-23T00:00:00Z')).toBe('Nov 16 – 22')
  expect(span('pt-BR', '2026-11-16T03:00:00Z', '2026-11-23T03:00:00Z', 'America/Sao_Paulo')).toBe('16 – 22 de nov.')
  expect(span('en', '2026-11-20T00:00:00Z', '2026-11-21T00:00:00Z')).toBe('Fri, Nov 20')
  expect(span('es', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z', 'Europe/Madrid')).toBe('dom, 25 oct')
})

test('the year is named where it is another', () => {
  expect(span('en', '2025-11-20T00:00:00Z', '2025-11-21T00:00:00Z')).toBe('Thu, Nov 20, 2025')
  expect(span('pt-BR', '2025-12-29T00:00:00Z', '2026-01-05T00:00:00Z')).toBe('29 de dez. de 2025 – 4 de jan. de 2026')
})

test('an hour and a minute say when', () => {
  expect(span('en', '2026-11-22T09:00:00Z', '2026-11-22T10:00:00Z')).toBe('Nov 22, 09:00 – 10:00')
  expect(span('pt-BR', '2026-11-22T09:41:00Z', '2026-11-22T09:42:00Z')).toBe('22 de nov., 09:41')
})

test('a window that was cut short, or begins elsewhere, says from when to when', () => {
  expect(span('en', '2026-11-01T00:00:00Z', '2026-11-09T14:30:20Z')).toBe('Nov 1, 00:00:00 – Nov 9, 14:30:20')
  expect(span('en', '2026-11-01T00:00:00Z', '2026-11-02T00:00:00Z', 'America/Sao_Paulo')).toBe('Oct 31, 21:00 – Nov 1, 21:00')
})
