import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { runBrowserSuite } from './browser.ts'
import { judgeCoverage } from './coverage.ts'
import { root, runOwn, runTool, runVitest } from './run.ts'
import { addTallies, type Tally } from './tally.ts'

/** One part of `npm test`. */
export type Step = { name: string; run: () => Promise<Tally> }

/** Everything that proves the product, cheap things first. */
export const STEPS: Step[] = [
  { name: 'types', run: () => runTool('typescript/bin/tsc', ['--noEmit', '-p', 'tsconfig.json']) },
  { name: 'types of the console', run: checkConsoleTypes },
  { name: 'format', run: () => runTool('oxfmt/bin/oxfmt', ['--check']) },
  { name: 'lint', run: () => runTool('oxlint/bin/oxlint', ['.']) },
  { name: 'import rules', run: () => runOwn('scripts/checks/check-imports.ts') },
  { name: 'sizes', run: () => runOwn('scripts/checks/check-sizes.ts') },
  { name: 'opened secrets', run: () => runOwn('scripts/checks/check-secrets.ts') },
  { name: 'lock file', run: () => runOwn('scripts/checks/check-lock.ts') },
  { name: 'unused code', run: () => runTool('knip/bin/knip.js', []) },
  { name: 'unit and integration', run: runCovered },
  { name: 'console units', run: () => runVitest('console', ['-c', 'console/vitest.config.ts']) },
  { name: 'browser', run: () => runBrowserSuite([]) },
  { name: 'clone and start', run: () => runVitest('clone', ['-c', 'scripts/clone/vitest.config.ts']) },
]

/** The steps that a filter means: those whose name holds it, else the test files whose path does. */
export function chooseSteps(filters: string[]): Step[] {
  if (filters.length === 0) return STEPS
  const named = STEPS.filter(({ name }) => filters.some((filter) => name.includes(filter)))
  if (named.length > 0) return named
  const isBrowser = filters.some((filter) => filter.includes('e2e'))
  const run = (): Promise<Tally> => (isBrowser ? runBrowserSuite(filters) : runVitest('unit', filters))
  return [{ name: `tests that match ${filters.join(' ')}`, run }]
}

/** Without what an earlier build wrote of routes that may be gone since. */
function checkConsoleTypes(): Promise<Tally> {
  for (const made of ['.next/types', '.next/dev/types', 'next-env.d.ts', 'tsconfig.tsbuildinfo'])
    rmSync(join(root, 'console', made), { recursive: true, force: true })
  return runTool('typescript/bin/tsc', ['--noEmit', '-p', 'console/tsconfig.json'])
}

async function runCovered(): Promise<Tally> {
  rmSync(join(root, 'coverage'), { recursive: true, force: true })
  const tests = await runVitest('unit', ['--coverage'])
  return addTallies([tests, judgeCoverage(join(root, 'coverage', 'coverage-summary.json'))])
}
