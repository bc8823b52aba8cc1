import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

type Violation = { id: string; help: string; nodes: { target: string[]; failureSummary: string }[] }
type AxeWindow = { axe: { run: (options: unknown) => Promise<{ violations: Violation[] }> } }

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** Fails with every breach of WCAG 2.2 AA that axe finds in the page as it is now. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe)
  const violations = await page.evaluate(
    async (runOnly) => (await (globalThis as unknown as AxeWindow).axe.run({ runOnly, resultTypes: ['violations'] })).violations,
    tags,
  )
  expect(violations.map(({ id, help, nodes }) => `${id}: ${help} — ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)).toEqual([])
}
