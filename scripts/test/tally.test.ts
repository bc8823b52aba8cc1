import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { judgeCoverage } from './coverage.ts'
import { chooseSteps, STEPS } from './steps.ts'
import { addTallies, describeTally, isGood, tallyReport } from './tally.ts'

const folder = mkdtempSync(join(tmpdir(), 'tally-'))
const path = join(folder, 'report.json')

afterAll(() => rmSync(folder, { recursive: true }))

function report(...files: { status: string; tests: string[] }[]): void {
  const testResults = files.map(({ status, tests }) => ({
    name: 'a.test.ts',
    status,
    assertionResults: tests.map((one) => ({ status: one })),
  }))
  writeFileSync(path, JSON.stringify({ testResults }))
}

test('passed, failed and every kind of skipped test is counted', () => {
  report({ status: 'failed', tests: ['passed', 'passed', 'failed', 'skipped', 'pending', 'todo'] }, { status: 'passed', tests: ['passed'] })
  expect(tallyReport(path, 1)).toEqual({ passed: 3, failed: 1, skipped: 3 })
})

test('a file that could not be loaded is a failure', () => {
  report({ status: 'failed', tests: [] }, { status: 'passed', tests: ['passed'] })
  expect(tallyReport(path, 1)).toEqual({ passed: 1, failed: 1, skipped: 0 })
})

test('a run that ended badly is a failure though every test passed, and so is a run without a report', () => {
  report({ status: 'passed', tests: ['passed'] })
  expect(tallyReport(path, 1)).toEqual({ passed: 1, failed: 1, skipped: 0 })
  expect(tallyReport(join(folder, 'nothing.json'), 0).failed).toBe(1)
})

test('the last line adds everything up, and nothing run is not good', () => {
  const total = addTallies([
    { passed: 400, failed: 0, skipped: 2 },
    { passed: 12, failed: 0, skipped: 1 },
  ])
  expect(describeTally(total)).toBe('412 passed, 0 failed, 3 skipped')
  expect(isGood(total)).toBe(true)
  expect(isGood({ passed: 0, failed: 0, skipped: 3 })).toBe(false)
  expect(isGood({ passed: 5, failed: 1, skipped: 0 })).toBe(false)
})

test('coverage of exactly 80 % is too little, and no report is a failure', () => {
  const summary = (lines: number, branches: number): void =>
    writeFileSync(path, JSON.stringify({ total: { lines: { total: 10, pct: lines }, branches: { total: 10, pct: branches } } }))
  summary(80.1, 93)
  expect(judgeCoverage(path)).toEqual({ passed: 2, failed: 0, skipped: 0 })
  summary(80, 93)
  expect(judgeCoverage(path)).toEqual({ passed: 1, failed: 1, skipped: 0 })
  expect(judgeCoverage(join(folder, 'nothing.json')).failed).toBe(1)
})

test('a filter picks steps by name, else test files by path', () => {
  expect(chooseSteps([])).toBe(STEPS)
  expect(chooseSteps(['lint']).map(({ name }) => name)).toEqual(['lint'])
  expect(chooseSteps(['platform/vault']).map(({ name }) => name)).toEqual(['tests that match platform/vault'])
})
