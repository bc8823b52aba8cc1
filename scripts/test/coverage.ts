import { existsSync, readFileSync } from 'node:fs'
import type { Tally } from './tally.ts'

/** Percent of the code's lines and branches that the suites must have been through. */
export const MIN_PERCENT = { lines: 80, branches: 80 }

type Summary = { total: Record<'lines' | 'branches', { total: number; pct: number }> }

/** Holds vitest's coverage summary against the minimum; one check each for lines and branches. */
export function judgeCoverage(summaryPath: string): Tally {
  if (!existsSync(summaryPath)) {
    console.error(`there is no coverage report at ${summaryPath}`)
    return { passed: 0, failed: 1, skipped: 0 }
  }
  const { total } = JSON.parse(readFileSync(summaryPath, 'utf8')) as Summary
  const verdicts = (['lines', 'branches'] as const).map((kind) => {
    const { total: count, pct } = total[kind]
    const isEnough = count > 0 && pct > MIN_PERCENT[kind]
    console.log(`${kind}: ${pct} % of ${count} covered, more than ${MIN_PERCENT[kind]} % needed${isEnough ? '' : ': TOO FEW'}`)
    return isEnough
  })
  return { passed: verdicts.filter(Boolean).length, failed: verdicts.filter((isEnough) => !isEnough).length, skipped: 0 }
}
