import { users } from '@llm-manager/contract/users'
import { beforeAll, expect, test } from 'vitest'
import { apiAs } from './support/api.ts'
import { useBrowser } from './support/browser.ts'
import { admin, member } from './support/people.ts'

const { openAs } = useBrowser()

beforeAll(async () => {
  await (
    await apiAs(admin)
  )(users.create, { body: { ...member, roles: ['member'] } })
})

test('the keyboard goes to pages, opens the palette and the list of keys', async () => {
  const page = await openAs(admin, '/dashboard')
  await page.keyboard.type('gs')
  await page.waitForURL('**/system-keys')
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill('agen')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/agents')
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Atalhos do teclado' }).waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.type('/')
  await page.getByRole('combobox').waitFor()
})

test('commands are not taken from whoever is typing', async () => {
  const page = await openAs(admin, '/my-keys?panel=new')
  await page.getByRole('dialog').getByLabel('Nome').fill('')
  await page.getByRole('dialog').getByLabel('Nome').pressSequentially('gd?/')
  expect(await page.getByRole('dialog').getByLabel('Nome').inputValue()).toBe('gd?/')
  expect(new URL(page.url()).pathname).toBe('/pt-BR/my-keys')
})

test('the first Tab reaches a link that skips to the content', async () => {
  const page = await openAs(admin, '/dashboard')
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Ir para o conteúdo')
  await page.keyboard.press('Enter')
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
})

test('the theme is changed at once, kept, and there at the first paint', async () => {
  const page = await openAs(admin, '/dashboard', { theme: 'light' })
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  const before = await ground()
  await page.getByRole('button', { name: /^Perfil de/ }).click()
  await page.getByRole('menuitemradio', { name: 'Escuro' }).click()
  const after = await ground()
  expect(after).not.toBe(before)
  const html = await (await page.request.get('/pt-BR/dashboard')).text()
  expect(html).toContain('data-theme="dark"')
})

test('another language shows the same view', async () => {
  const page = await openAs(admin, '/system-keys?sort=name.asc')
  await page.getByRole('button', { name: /^Perfil de/ }).click()
  await page.getByRole('menuitemradio', { name: 'English' }).click()
  await page.waitForURL('**/en/system-keys?sort=name.asc')
  await page.getByRole('heading', { level: 1, name: 'System keys' }).waitFor()
})

test('the navigation folds to icons, and is folded at the next paint', async () => {
  const page = await openAs(admin, '/dashboard')
  await page.getByRole('button', { name: 'Recolher menu' }).click()
  expect(
    await page
      .getByRole('navigation')
      .first()
      .evaluate((nav) => nav.getBoundingClientRect().width),
  ).toBe(56)
  expect(await (await page.request.get('/pt-BR/dashboard')).text()).toContain('data-nav="collapsed"')
})

test('a member sees no system keys in the navigation, and is told so at their address', async () => {
  const page = await openAs(member, '/system-keys')
  await page.getByRole('heading', { name: 'Você não tem acesso a esta página' }).waitFor()
  expect(await page.getByRole('link', { name: 'Chaves do sistema' }).count()).toBe(0)
  expect(await page.getByRole('link', { name: 'Minhas chaves' }).count()).toBeGreaterThan(0)
})

test('an address that no page has says so', async () => {
  const page = await openAs(admin, '/no/such/page')
  await page.getByRole('heading', { name: 'Página não encontrada' }).waitFor()
})

test('on a phone the pages are under the thumb, and nothing is wider than the screen', async () => {
  const page = await openAs(admin, '/dashboard', { width: 390 })
  for (const path of ['/dashboard', '/system-keys', '/my-keys', '/agents', '/access-keys', '/quotas', '/groups']) {
    await page.goto(`/pt-BR${path}`)
    await page.waitForLoadState('networkidle')
    expect([path, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([path, 390])
  }
  await page.getByRole('navigation').last().getByRole('link', { name: 'Agentes' }).tap()
  await page.waitForURL('**/agents')
  await page.getByRole('button', { name: 'Mais' }).tap()
  await page.getByRole('dialog', { name: 'Mais páginas' }).getByRole('link', { name: 'Grupos' }).tap()
  await page.waitForURL('**/groups')
})
