/** `isTrouble` draws a series in the tone of danger, whatever its place. */
export type Series = { id: string; label: string; isTrouble?: boolean }

/** One bucket of time; null where nothing is known, which is drawn as a gap and never as zero. */
export type Point = { atMs: number; values: Record<string, number | null> }

/** The colour of a series by its place; after six they begin again, told apart by legend and tooltip. */
export function colorOf(id: string, series: readonly Series[]): string {
  const index = series.findIndex((one) => one.id === id)
  return series[index]?.isTrouble ? 'var(--danger)' : `var(--series-${(Math.max(0, index) % 6) + 1})`
}

/** The largest value that will be drawn: of each series, or of their sum where they are stacked. */
export function peakOf(points: readonly Point[], series: readonly Series[], isStacked: boolean): number {
  let peak = 0
  for (const { values } of points) {
    const drawn = series.map(({ id }) => values[id] ?? 0)
    peak = Math.max(peak, isStacked ? drawn.reduce((sum, value) => sum + value, 0) : Math.max(0, ...drawn))
  }
  return peak
}

/** Round steps from zero to just above the peak: 1, 2, 2.5 or 5 times a power of ten, at most `count` of them. */
export function axisTicks(peak: number, count = 4, isWhole = false): { ticks: number[]; step: number } {
  if (peak <= 0) return { ticks: [0, 1], step: 1 }
  const rough = peak / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const factor = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= rough * 0.999_999) ?? 10
  const step = isWhole ? Math.max(1, Math.ceil(factor * power)) : factor * power
  const steps = Math.max(1, Math.ceil(peak / step - 1e-9))
  return { ticks: Array.from({ length: steps + 1 }, (_, index) => Number((index * step).toPrecision(12))), step }
}

/** Which buckets get a label, so that about `count` fit and they stand at even distances from the last one. */
export function labelledBuckets(points: readonly Point[], count: number): number[] {
  const every = Math.max(1, Math.ceil(points.length / Math.max(1, count)))
  return points.filter((_, index) => (points.length - 1 - index) % every === 0).map(({ atMs }) => atMs)
}
