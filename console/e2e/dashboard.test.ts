import { accessKeys } from '@llm-manager/contract/access-keys'
import { systemKeys } from '@llm-manager/contract/system-keys'
import { usage } from '@llm-manager/contract/usage'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { expectAccessible } from './support/accessibility.ts'
import { apiAs } from './support/api.ts'
import { useBrowser } from './support/browser.ts'
import { admin } from './support/people.ts'

const { openAs } = useBrowser()
const made: { keyId: string; accessKeyId: string; accessKey: string } = { keyId: '', accessKeyId: '', accessKey: '' }

async function chat(content: string, headers: Record<string, string> = {}): Promise<number> {
  const body = JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content }], max_tokens: 50 })
  const reply = await fetch(`${inject('apiUrl')}/v1/chat/completions`, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${made.accessKey}`, 'content-type': 'application/json', ...headers },
  })
  await reply.text()
  return reply.status
}

beforeAll(async () => {
  const call = await apiAs(admin)
  made.keyId = (
    await call(systemKeys.create, { body: { provider: 'openai', api_key: 'sk-dashboard-0123456789', name: 'OpenAI', usage_limit: 1 } })
  ).id
  const { id, key } = await call(accessKeys.create, { body: { name: 'Painel' } })
  made.accessKeyId = id
  made.accessKey = key
})
afterAll(async () => {
  const call = await apiAs(admin)
  await call(systemKeys.remove, { params: { id: made.keyId } })
  await call(accessKeys.remove, { params: { id: made.accessKeyId } })
})

test('what goes through the gateway shows on the open dashboard by itself, to the token', async () => {
  const page = await openAs(admin, '/dashboard')
  expect(await chat('Bom dia')).toBe(200)
  expect(await chat('[[error=overloaded]] falha')).toBeGreaterThanOrEqual(400)
  await page.waitForFunction(() => !document.querySelector('dd data[value="0"]'), undefined, { timeout: 30_000 })
  const summary = await (await apiAs(admin))(usage.summary)
  const shown = await page
    .locator('dl dd data')
    .evaluateAll((figures) => figures.map((figure) => Number((figure as HTMLDataElement).value)))
  expect(shown).toEqual([summary.requests, summary.tokens.total, summary.cost, summary.errors])
  await page.getByText('Últimos erros').waitFor()
})

test('the chart’s figures are there as a table too', async () => {
  await chat('Boa tarde')
  const page = await openAs(admin, '/dashboard?range=24h', { locale: 'en' })
  await page.getByRole('button', { name: 'Show as table' }).first().click()
  const table = page.getByRole('region', { name: 'Tokens' })
  await table.waitFor()
  expect(await table.getByRole('columnheader').allTextContents()).toEqual(['Period', 'Input', 'Cached', 'Output'])
  expect(await table.getByRole('row').count()).toBe(26)
})

test('the range is in the address', async () => {
  const page = await openAs(admin, '/dashboard')
  await page.getByText('30 dias', { exact: true }).click()
  await page.waitForURL('**range=30d')
  await page.getByText('Requisições por dia').waitFor()
})

test.each(['light', 'dark'] as const)('the dashboard is accessible in the %s theme, also on a phone', async (theme) => {
  for (const width of [1440, 390] as const) await expectAccessible(await openAs(admin, '/dashboard', { theme, width }))
})
