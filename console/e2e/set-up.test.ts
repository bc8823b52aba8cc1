import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { expectAccessible } from './support/accessibility.ts'
import { useBrowser } from './support/browser.ts'
import { admin } from './support/people.ts'
import { startStack } from './support/stack.ts'
import type { Stack } from './support/stack.ts'

const { open } = useBrowser()
let stack: Stack

beforeAll(async () => {
  stack = await startStack(inject('providerEnv'))
})
afterAll(() => stack.stop())

test('the printed link creates the administrator and leads to the first steps; it works once', async () => {
  const link = new URL(stack.setupUrl ?? '')
  const page = await open(`/setup${link.search}`, { consoleUrl: stack.consoleUrl })
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Criar conta e entrar' }).click()
  expect(await page.getByText('Preencha este campo.').count()).toBe(3)

  await page.getByLabel('Seu nome').fill(admin.name)
  await page.getByLabel('E-mail').fill(admin.email)
  await page.getByLabel('Senha', { exact: true }).fill('short')
  await page.getByRole('button', { name: 'Criar conta e entrar' }).click()
  await page.getByText('Use pelo menos 12 caracteres.').waitFor()

  await page.getByLabel('Senha', { exact: true }).fill(admin.password)
  await page.getByRole('button', { name: 'Criar conta e entrar' }).click()
  await page.waitForURL('**/dashboard')
  await page.getByRole('heading', { name: 'Primeiros passos' }).waitFor()
  await expectAccessible(page)

  const again = await open(`/setup${link.search}`, { consoleUrl: stack.consoleUrl })
  await again.getByLabel('Seu nome').fill('Eva')
  await again.getByLabel('E-mail').fill('eva@example.com')
  await again.getByLabel('Senha', { exact: true }).fill('a long enough passphrase')
  await again.getByRole('button', { name: 'Criar conta e entrar' }).click()
  await again.getByRole('alert').filter({ hasText: /./ }).waitFor()
  await again.getByText('A configuração inicial já foi feita').waitFor()
  expect(await again.getByRole('link', { name: 'Ir para a entrada' }).getAttribute('href')).toBe('/pt-BR/sign-in')
  expect(new URL(again.url()).pathname).toBe('/pt-BR/setup')
})

test('without its token the page says what is missing', async () => {
  const page = await open('/setup', { consoleUrl: stack.consoleUrl })
  await page.getByRole('heading', { name: 'Este link está incompleto' }).waitFor()
})
