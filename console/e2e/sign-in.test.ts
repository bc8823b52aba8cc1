import { expect, test } from 'vitest'
import { expectAccessible } from './support/accessibility.ts'
import { useBrowser } from './support/browser.ts'
import { admin } from './support/people.ts'

const { open, openAs } = useBrowser()

test('whoever is not signed in is led to sign in, and back to where they wanted', async () => {
  const page = await openAs(admin, '/system-keys?sort=name.asc')
  expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/pt-BR/system-keys?sort=name.asc')
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Chaves do sistema')
})

test('a wrong password is said, and nothing is opened', async () => {
  const page = await open('/sign-in')
  await page.getByLabel('E-mail').fill(admin.email)
  await page.getByLabel('Senha', { exact: true }).fill('not the password at all')
  await page.getByRole('button', { name: 'Entrar' }).click()
  await page.getByRole('alert').filter({ hasText: /./ }).waitFor()
  expect(new URL(page.url()).pathname).toBe('/pt-BR/sign-in')
  expect((await page.context().cookies()).map(({ name }) => name)).not.toContain('llm-session')
})

test('the session cookie is out of reach of scripts, and holds no token', async () => {
  const page = await openAs(admin, '/dashboard')
  const cookie = (await page.context().cookies()).find(({ name }) => name === 'llm-session')
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax' })
  const html = await page.content()
  expect(html).not.toMatch(/access_token|session_secret|ls_[A-Za-z0-9_-]{16,}|eyJhbGciOiJIUzI1NiI/)
})

test('signing out ends the session: the old cookie opens nothing any more', async () => {
  const page = await openAs(admin, '/dashboard')
  const cookies = await page.context().cookies()
  await page.getByRole('button', { name: /^Perfil de/ }).click()
  await page.getByRole('menuitem', { name: 'Sair' }).click()
  await page.waitForURL('**/sign-in')
  await page.context().addCookies(cookies)
  await page.goto('/pt-BR/dashboard')
  expect(new URL(page.url()).pathname).toBe('/pt-BR/sign-in')
})

test('a return path never leads out of the console', async () => {
  const page = await openAs(admin, '/sign-in?return=//evil.example/x')
  expect(new URL(page.url()).pathname).toBe('/pt-BR/dashboard')
})

test('whoever is signed in already is not asked again', async () => {
  const page = await openAs(admin, '/dashboard')
  await page.goto('/pt-BR/sign-in')
  expect(new URL(page.url()).pathname).toBe('/pt-BR/dashboard')
})

test.each([
  ['pt-BR', 'Entrar'],
  ['en', 'Sign in'],
  ['es', 'Iniciar sesión'],
] as const)('in %s the page says %s', async (locale, title) => {
  const page = await open('/sign-in', { locale })
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(title)
  expect(await page.locator('html').getAttribute('lang')).toBe(locale)
})

test.each(['light', 'dark'] as const)('the sign-in page is accessible in the %s theme, also on a phone', async (theme) => {
  for (const width of [1440, 390] as const) await expectAccessible(await open('/sign-in', { theme, width }))
})
