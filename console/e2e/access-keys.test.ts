import { accessKeys } from '@llm-manager/contract/access-keys'
import { agents } from '@llm-manager/contract/agents'
import type { Page } from 'playwright-core'
import { afterEach, expect, inject, test } from 'vitest'
import { expectAccessible } from './support/accessibility.ts'
import { apiAs } from './support/api.ts'
import { useBrowser } from './support/browser.ts'
import { admin } from './support/people.ts'

const { openAs } = useBrowser()

/** Keys stay in the list when they are revoked, so each test looks for its own. */
let names = 0
const freshName = () => `Chave ${++names}`

afterEach(async () => {
  const call = await apiAs(admin)
  for (const { id, status } of (await call(accessKeys.list, { query: { limit: 200 } })).items) {
    if (status !== 'revoked') await call(accessKeys.remove, { params: { id } })
  }
  for (const { id } of (await call(agents.list)).items) await call(agents.remove, { params: { id } })
})

async function addKey(more: { models?: string[]; mode?: 'live' | 'test' } = {}) {
  return await (
    await apiAs(admin)
  )(accessKeys.create, { body: { name: freshName(), ...more } })
}

/** What the gateway says to a key. */
async function tried(key: string): Promise<number> {
  return (await fetch(`${inject('apiUrl')}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).status
}

/** The secret on the only occasion it is shown; the dialog is closed as a person would. */
async function takeSecret(page: Page): Promise<string> {
  const secret = (await page.locator('code.select-all').textContent()) ?? ''
  await page.getByLabel('Já guardei a chave').click()
  await page.getByRole('button', { name: 'Concluir' }).click()
  return secret
}

test('a new key is shown once, opens the gateway, and is nowhere afterwards', async () => {
  const name = freshName()
  const page = await openAs(admin, '/access-keys?panel=new')
  await page.getByLabel('Nome', { exact: true }).fill(name)
  await page.getByRole('button', { name: 'Criar chave' }).click()
  await page.getByRole('dialog', { name: `${name} está pronta` }).waitFor()
  await page.keyboard.press('Escape')
  await expectAccessible(page)
  const code = (await page.getByRole('tabpanel').textContent()) ?? ''
  const secret = await takeSecret(page)

  expect(secret).toMatch(/^lm_live_[\w-]{43}$/)
  expect(code).toContain(`${inject('apiUrl').replace('127.0.0.1', 'localhost')}/v1/chat/completions`)
  expect(code).toContain(secret)
  expect(await tried(secret)).toBe(200)
  await page.getByRole('dialog', { name }).waitFor()
  expect(await page.content()).not.toContain(secret.slice(12))
  expect(page.url()).not.toContain(secret.slice(12))
})

test('what is wrong with a key is said at its field', async () => {
  const page = await openAs(admin, '/access-keys?panel=new')
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Criar chave' }).click()
  await dialog.getByText('Preencha este campo.').waitFor()
  await dialog.getByLabel('Nome', { exact: true }).fill('Rede')
  await dialog.getByText('Mais opções').click()
  const addresses = dialog.getByRole('combobox', { name: 'Endereços permitidos' })
  await addresses.fill('10.0.0.300')
  await addresses.press('Enter')
  await dialog.getByRole('button', { name: 'Criar chave' }).click()
  await dialog.getByText('Informe um endereço IP ou um intervalo, como 10.0.0.0/8.').waitFor()
  expect(await addresses.getAttribute('aria-invalid')).toBe('true')
  await expectAccessible(page)
})

test('models are suggested, typed and pasted, and the key is held to them', async () => {
  const name = freshName()
  const page = await openAs(admin, '/access-keys?panel=new')
  await page.getByLabel('Nome', { exact: true }).fill(name)
  const models = page.getByRole('combobox', { name: 'Modelos' })
  await models.fill('claude')
  await models.press('ArrowDown')
  await models.press('Enter')
  await models.pressSequentially('meu-modelo,')
  await models.fill('gpt')
  await models.press('Escape')
  expect(await page.getByRole('listbox').count()).toBe(0)
  await models.fill('')
  await page.getByRole('button', { name: 'Criar chave' }).click()
  await page.getByRole('dialog', { name: `${name} está pronta` }).waitFor()
  await takeSecret(page)
  const { items } = await (await apiAs(admin))(accessKeys.list, { query: { limit: 200 } })
  expect(items.find((key) => key.name === name)).toMatchObject({ models: ['claude-haiku-4-5', 'meu-modelo'], mode: 'live' })
})

test('rotating gives another secret, and the old one stops at once', async () => {
  const { name, key } = await addKey()
  const page = await openAs(admin, '/access-keys')
  await page.getByRole('button', { name: `Ações de ${name}` }).click()
  await page.getByRole('menuitem', { name: 'Trocar segredo' }).click()
  const question = page.getByRole('dialog', { name: `Trocar o segredo de ${name}?` })
  await expectAccessible(page)
  await question.getByRole('button', { name: 'Trocar segredo' }).click()
  await page.getByRole('dialog', { name: `Novo segredo de ${name}` }).waitFor()
  const secret = await takeSecret(page)
  expect([await tried(secret), await tried(key)]).toEqual([200, 401])
})

test('a key is revoked only by its name, and shown as revoked', async () => {
  const { id, name, key } = await addKey()
  const page = await openAs(admin, `/access-keys?id=${id}`)
  await page.getByRole('dialog', { name }).getByRole('button', { name: 'Revogar' }).click()
  const question = page.getByRole('dialog', { name: 'Revogar esta chave?' })
  expect(await question.getByRole('button', { name: 'Revogar' }).isDisabled()).toBe(true)
  await question.getByRole('textbox').fill(name)
  await question.getByRole('button', { name: 'Revogar' }).click()
  await page.getByText(`${name} foi revogada`).waitFor()
  await page.getByRole('row', { name }).getByText('Revogada', { exact: true }).waitFor()
  expect(await tried(key)).toBe(401)
})

test('what the list is narrowed to is in its address', async () => {
  const { name } = await addKey({ mode: 'test', models: ['gpt-5-mini', 'gpt-5.6'] })
  const other = await addKey()
  await (
    await apiAs(admin)
  )(accessKeys.remove, { params: { id: other.id } })
  const page = await openAs(admin, `/access-keys?q=${encodeURIComponent(name)}`)
  await page.getByText('1 chave', { exact: true }).waitFor()
  await page.getByRole('button', { name: '2 modelos' }).click()
  await page.getByText('gpt-5.6').waitFor()
  await page.goto('/pt-BR/access-keys')
  await page.getByLabel('Estado', { exact: true }).selectOption({ label: 'Ativa' })
  await page.waitForURL('**status=active')
  expect(await page.getByRole('row', { name: other.name }).count()).toBe(0)
  await page.getByLabel('Pertence a').selectOption({ label: 'Você' })
  await page.waitForURL('**for=me**')
  await page.getByRole('heading', { name: 'Nada encontrado' }).waitFor()
  await page.getByRole('button', { name: 'Limpar filtros' }).click()
  await page.getByRole('row', { name }).waitFor()
})

test.each(['light', 'dark'] as const)('list, panel and form are accessible in the %s theme, also on a phone', async (theme) => {
  const { id } = await addKey({ mode: 'test', models: ['gpt-5-mini', 'gpt-5.6'] })
  for (const width of [1440, 390] as const) {
    const page = await openAs(admin, '/access-keys', { theme, width })
    await expectAccessible(page)
    for (const query of [`?id=${id}`, '?panel=new']) {
      await page.goto(`/pt-BR/access-keys${query}`)
      await page.getByRole('dialog').waitFor()
      await expectAccessible(page)
    }
  }
})
