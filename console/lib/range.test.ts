import { expect, test } from 'vitest'
import { bucketStarts, comparedSpanOf, spanOf } from './range.ts'

const now = Date.parse('2026-11-22T12:30:00Z')

test('a range ends now, and is compared with the same weekday or the month before', () => {
  expect(spanOf('24h', now)).toEqual({ from: '2026-11-21T12:30:00.000Z', to: '2026-11-22T12:30:00.000Z' })
  expect(comparedSpanOf('24h', now)).toEqual({ from: '2026-11-14T12:30:00.000Z', to: '2026-11-15T12:30:00.000Z' })
  expect(comparedSpanOf('30d', now)).toEqual({ from: '2026-09-23T12:30:00.000Z', to: '2026-10-23T12:30:00.000Z' })
})

test('hours are every hour that the span touches', () => {
  const starts = bucketStarts('2026-11-22T09:30:00Z', '2026-11-22T12:30:00Z', 'hour', 'UTC')
  expect(starts.map((ms) => new Date(ms).toISOString().slice(11, 16))).toEqual(['09:00', '10:00', '11:00', '12:00'])
})

test('days begin at midnight where the person is, the first one before the span', () => {
  const starts = bucketStarts('2026-11-20T12:00:00Z', '2026-11-22T12:00:00Z', 'day', 'America/Sao_Paulo')
  expect(starts.map((ms) => new Date(ms).toISOString())).toEqual([
    '2026-11-20T03:00:00.000Z',
    '2026-11-21T03:00:00.000Z',
    '2026-11-22T03:00:00.000Z',
  ])
})

test('a day of 25 hours is one day', () => {
  const starts = bucketStarts('2026-10-24T12:00:00Z', '2026-10-26T12:00:00Z', 'day', 'Europe/Madrid')
  expect(starts.map((ms) => new Date(ms).toISOString())).toEqual([
    '2026-10-23T22:00:00.000Z',
    '2026-10-24T22:00:00.000Z',
    '2026-10-25T23:00:00.000Z',
  ])
})
