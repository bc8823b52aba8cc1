import { expect, test } from 'vitest'
import { axisTicks, colorOf, labelledBuckets, peakOf } from './chart-data.ts'

const series = [
  { id: 'a', label: 'A' },
  { id: 'b', label: 'B', isTrouble: true },
]
const points = [
  { atMs: 1, values: { a: 3, b: 4 } },
  { atMs: 2, values: { a: null, b: 6 } },
]

test('the peak is that of each series, or of their sum', () => {
  expect([peakOf(points, series, false), peakOf(points, series, true), peakOf([], series, true)]).toEqual([6, 7, 0])
})

test.each([
  [0, 4, false, [0, 1]],
  [7, 4, true, [0, 2, 4, 6, 8]],
  [1, 4, true, [0, 1]],
  [3, 4, true, [0, 1, 2, 3]],
  [86_000, 4, true, [0, 25_000, 50_000, 75_000, 100_000]],
  [0.00042, 4, false, [0, 0.0002, 0.0004, 0.0006]],
  [1.35, 4, false, [0, 0.5, 1, 1.5]],
])('up to %d in about %d steps (whole: %s): %j', (peak, count, isWhole, expected) =>
  expect(axisTicks(peak, count, isWhole).ticks).toEqual(expected),
)

test('labels stand at even distances, the last bucket among them', () => {
  const hours = Array.from({ length: 25 }, (_, hour) => ({ atMs: hour, values: {} }))
  expect(labelledBuckets(hours, 7)).toEqual([0, 4, 8, 12, 16, 20, 24])
  expect(labelledBuckets(hours, 0)).toEqual([24])
})

test('a series keeps its colour, and trouble has its own', () => {
  expect([colorOf('a', series), colorOf('b', series)]).toEqual(['var(--series-1)', 'var(--danger)'])
})
