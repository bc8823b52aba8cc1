import { existsSync, readFileSync } from 'node:fs'

/** How many checks or tests went which way. */
export type Tally = { passed: number; failed: number; skipped: number }

/** What `vitest --reporter=json` writes, as far as it is read here. */
type Report = { testResults: { name: string; status: string; assertionResults: { status: string }[] }[] }

export const NOTHING: Tally = { passed: 0, failed: 0, skipped: 0 }

export function addTallies(tallies: Tally[]): Tally {
  const sum = (key: keyof Tally): number => tallies.reduce((total, tally) => total + tally[key], 0)
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') }
}

/** The last line of a test run. */
export function describeTally({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

/** Whether a run proved something and nothing against it. */
export function isGood({ passed, failed }: Tally): boolean {
  return failed === 0 && passed > 0
}

/**
 * Counts a vitest run. A file that could not be loaded is one failure, as is a run that ended badly though no test
 * failed (an error outside tests, or no report at all).
 */
export function tallyReport(path: string, exitCode: number): Tally {
  if (!existsSync(path)) return { ...NOTHING, failed: 1 }
  const { testResults } = JSON.parse(readFileSync(path, 'utf8')) as Report
  const statuses = testResults.flatMap((file) => file.assertionResults.map(({ status }) => status))
  const broken = testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  ).length
  const passed = statuses.filter((status) => status === 'passed').length
  const failed = statuses.filter((status) => status === 'failed').length + broken
  const skipped = statuses.length - passed - statuses.filter((status) => status === 'failed').length
  return { passed, failed: failed === 0 && exitCode !== 0 ? 1 : failed, skipped }
}
