import { systemKeys } from '@llm-manager/contract/system-keys'
import { afterEach, expect, test } from 'vitest'
import { expectAccessible } from './support/accessibility.ts'
import { apiAs } from './support/api.ts'
import { useBrowser } from './support/browser.ts'
import { admin } from './support/people.ts'

const { openAs } = useBrowser()

afterEach(async () => {
  const call = await apiAs(admin)
  for (const { id } of await call(systemKeys.list)) await call(systemKeys.remove, { params: { id } })
})

async function addKey(name: string, more: { usage_limit?: number } = {}): Promise<void> {
  const call = await apiAs(admin)
  await call(systemKeys.create, { body: { provider: 'openai', api_key: 'sk-good-0123456789', name, ...more } })
}

test('an empty list says what this is and leads to the first key', async () => {
  const page = await openAs(admin, '/system-keys')
  await page.getByRole('heading', { name: 'Nenhuma chave do sistema ainda' }).waitFor()
  await page.getByRole('button', { name: 'Nova chave' }).click()
  await page.getByRole('dialog', { name: 'Nova chave do sistema' }).waitFor()
  expect(new URL(page.url()).search).toBe('?panel=new')
})

test('a key is tried at its provider as it is typed, refused when it is bad, and kept when it is good', async () => {
  const page = await openAs(admin, '/system-keys?panel=new')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Nome').fill('Produção')
  await dialog.getByLabel('Chave de API', { exact: true }).fill('sk-invalid-000000')
  await dialog.getByLabel(/^Limite/).fill('1.000,50')
  await dialog.getByText('Chave API inválida').waitFor()
  await dialog.getByRole('button', { name: 'Criar chave' }).click()
  await dialog.getByText('Erro ao criar chave do sistema: Chave API inválida').waitFor()
  expect(await dialog.getByLabel('Chave de API', { exact: true }).getAttribute('aria-invalid')).toBe('true')

  await dialog.getByLabel('Chave de API', { exact: true }).fill('sk-good-1234567890')
  await dialog.getByLabel('Nome').focus()
  await dialog.getByText('Chave API válida').waitFor()
  await dialog.getByRole('button', { name: 'Criar chave' }).click()

  await page.getByRole('dialog', { name: 'Produção' }).getByText('usados de US$ 1.000,50').waitFor()
  const stored = await (await apiAs(admin))(systemKeys.list)
  expect(stored).toMatchObject([{ name: 'Produção', provider: 'openai', usage_limit: 1000.5, status: 'active' }])
  expect(await page.content()).not.toContain('sk-good-1234567890')
})

test('a link to a key shows the list and the key beside it, and Back closes it', async () => {
  await addKey('Alfa')
  await addKey('Beta')
  const page = await openAs(admin, '/system-keys')
  await page.getByRole('button', { name: /^Beta/ }).click()
  await page.getByRole('dialog', { name: 'Beta' }).waitFor()
  const link = page.url()
  await page.goBack()
  await page.getByRole('dialog', { name: 'Beta' }).waitFor({ state: 'hidden' })
  await page.goto(link)
  await page.getByRole('dialog', { name: 'Beta' }).waitFor()
  expect(await page.getByRole('row').count()).toBe(3)
})

test('the order and the search of a list are in its address', async () => {
  await addKey('Alfa', { usage_limit: 5 })
  await addKey('Órion')
  const page = await openAs(admin, '/system-keys')
  await page.getByRole('columnheader', { name: 'Nome' }).getByRole('button').click()
  await page.waitForURL('**sort=name.asc')
  await page.getByRole('columnheader', { name: 'Nome' }).getByRole('button').click()
  await page.waitForURL('**sort=name.desc')
  expect(await page.getByRole('row').nth(1).textContent()).toContain('Órion')
  await page.getByRole('searchbox').fill('orion')
  await page.getByText('1 chave', { exact: true }).waitFor()
  await page.waitForURL('**q=orion**')
  await page.getByRole('searchbox').fill('nada disso')
  await page.getByRole('heading', { name: 'Nada encontrado' }).waitFor()
})

test('a key is disabled from its menu, and said to be', async () => {
  await addKey('Alfa')
  const page = await openAs(admin, '/system-keys')
  await page.getByRole('button', { name: 'Ações de Alfa' }).click()
  await page.getByRole('menuitem', { name: 'Desativar' }).click()
  await page.getByText('Alfa foi desativada').waitFor()
  await page.getByRole('cell').getByText('Desativada', { exact: true }).waitFor()
})

test('a key is deleted only by its name', async () => {
  await addKey('Alfa')
  const page = await openAs(admin, '/system-keys')
  await page.getByRole('button', { name: 'Ações de Alfa' }).click()
  await page.getByRole('menuitem', { name: 'Excluir' }).click()
  const dialog = page.getByRole('dialog', { name: 'Excluir esta chave?' })
  expect(await dialog.getByRole('button', { name: 'Excluir' }).isDisabled()).toBe(true)
  await expectAccessible(page)
  await dialog.getByRole('textbox').fill('Alfa')
  await dialog.getByRole('button', { name: 'Excluir' }).click()
  await page.getByRole('heading', { name: 'Nenhuma chave do sistema ainda' }).waitFor()
})

test('leaving a half-filled form asks first', async () => {
  const page = await openAs(admin, '/my-keys?panel=new')
  await page.getByRole('dialog').getByLabel('Nome').fill('Minha')
  await page.keyboard.press('Escape')
  const question = page.getByRole('dialog', { name: 'Descartar o que você preencheu?' })
  await question.getByRole('button', { name: 'Cancelar' }).click()
  expect(await page.getByRole('dialog').getByLabel('Nome').inputValue()).toBe('Minha')
  await page.keyboard.press('Escape')
  await question.getByRole('button', { name: 'Descartar' }).click()
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
})

test.each(['light', 'dark'] as const)('list, panel and form are accessible in the %s theme, also on a phone', async (theme) => {
  await addKey('Alfa', { usage_limit: 5 })
  const [key] = await (await apiAs(admin))(systemKeys.list)
  for (const width of [1440, 390] as const) {
    const page = await openAs(admin, '/system-keys', { theme, width })
    await expectAccessible(page)
    for (const query of [`?id=${key?.id}`, '?panel=new']) {
      await page.goto(`/pt-BR/system-keys${query}`)
      await page.getByRole('dialog').waitFor()
      await expectAccessible(page)
    }
  }
})
