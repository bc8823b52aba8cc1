import { accessKeys } from '@llm-manager/contract/access-keys'
import { quotas } from '@llm-manager/contract/quotas'
import { systemKeys } from '@llm-manager/contract/system-keys'
import { tenants } from '@llm-manager/contract/tenants'
import { users } from '@llm-manager/contract/users'
import OpenAI from 'openai'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import { expectAccessible } from './support/accessibility.ts'
import { apiAs } from './support/api.ts'
import { useBrowser } from './support/browser.ts'
import { admin } from './support/people.ts'
import type { Person } from './support/people.ts'

const { openAs } = useBrowser()
const made = { systemKeyId: '', keyId: '', secret: '' }
const caio: Person = { email: 'caio@padariacentral.com.br', password: 'a third long passphrase', name: 'Caio' }
const rui: Person = { email: 'rui@armazem.com.br', password: 'a fourth long passphrase', name: 'Rui' }

beforeAll(async () => {
  const call = await apiAs(admin)
  const key = { provider: 'openai' as const, api_key: 'sk-quotas-0123456789', name: 'OpenAI' }
  made.systemKeyId = (await call(systemKeys.create, { body: key })).id
  const { id, key: secret } = await call(accessKeys.create, { body: { name: 'Balcão' } })
  Object.assign(made, { keyId: id, secret })
  await call(users.create, { body: { ...caio, roles: ['member'] } })
})
afterEach(async () => {
  const call = await apiAs(admin)
  for (const { id, origin } of (await call(quotas.list)).items) if (origin === 'quota') await call(quotas.remove, { params: { id } })
})
afterAll(async () => {
  const call = await apiAs(admin)
  await call(systemKeys.remove, { params: { id: made.systemKeyId } })
  await call(accessKeys.remove, { params: { id: made.keyId } })
})

/** Calls a model with the key as an application would. */
async function ask(): Promise<void> {
  const client = new OpenAI({ baseURL: `${inject('apiUrl')}/v1`, apiKey: made.secret, maxRetries: 0 })
  await client.chat.completions.create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Bom dia' }], max_tokens: 10 })
}

async function addQuota(more: { amount?: number; hard?: boolean } = {}) {
  const body = {
    subject_type: 'access_key' as const,
    subject_id: made.keyId,
    metric: 'requests' as const,
    window: 'day' as const,
    amount: 2,
  }
  return await (
    await apiAs(admin)
  )(quotas.create, { body: { ...body, ...more } })
}

async function chooseKey(page: Page): Promise<void> {
  const form = page.getByRole('dialog', { name: 'Novo limite' })
  await form.getByRole('radio', { name: 'Chave de acesso' }).click()
  await form.getByRole('combobox', { name: 'Escolha uma chave de acesso' }).fill('balc')
  await form.getByRole('option', { name: 'Balcão' }).click()
}

test('an empty list says what a limit is, and leads to the first', async () => {
  const page = await openAs(admin, '/quotas')
  await page.getByRole('heading', { name: 'Nenhum limite ainda' }).waitFor()
  await page.getByRole('button', { name: 'Novo limite' }).last().click()
  await page.getByRole('dialog', { name: 'Novo limite' }).waitFor()
  expect(new URL(page.url()).search).toBe('?panel=new')
})

test('a limit set here refuses calls, starts over, keeps its history, and is lifted', async () => {
  const page = await openAs(admin, '/quotas?panel=new')
  const form = page.getByRole('dialog', { name: 'Novo limite' })
  await chooseKey(page)
  await form.getByRole('radio', { name: /^Requisições/ }).click()
  await form.getByRole('textbox', { name: 'Quanto' }).fill('2')
  await form.getByRole('combobox', { name: 'Em', exact: true }).click()
  await page.getByRole('option', { name: 'um dia' }).click()
  await form.getByText('As chamadas com a chave de acesso Balcão são recusadas com 429 depois de 2 requisições em um dia.').waitFor()
  await form.getByText('todo dia à meia-noite (America/Sao Paulo)', { exact: false }).waitFor()
  await form.getByRole('button', { name: 'Criar limite' }).click()

  const panel = page.getByRole('dialog', { name: 'Balcão' })
  await panel.getByText('Com folga').waitFor()
  const [quota] = (await (await apiAs(admin))(quotas.list)).items
  expect(quota).toMatchObject({
    subject_id: made.keyId,
    metric: 'requests',
    amount: 2,
    window: 'day',
    timezone: 'America/Sao_Paulo',
    hard: true,
  })

  await ask()
  await ask()
  await expect(ask()).rejects.toMatchObject({ status: 429, code: 'rate_limit_exceeded' })
  const row = page.getByRole('row', { name: 'Balcão' })
  await row.getByText('Esgotado').waitFor({ timeout: 30_000 })
  expect(await row.getByRole('meter').getAttribute('aria-valuenow')).toBe('100')
  await panel.getByText('As chamadas que este limite alcança estão sendo recusadas com 429.').waitFor()

  await panel.getByRole('button', { name: 'Editar' }).click()
  const edit = page.getByRole('dialog', { name: 'Editar o limite de Balcão' })
  await edit.getByRole('textbox', { name: 'Quanto' }).fill('5')
  await edit.getByText('3 de 5 requisições').waitFor()
  await edit.getByRole('radio', { name: /Recomeça do zero/ }).click()
  await edit.getByText('5 de 5 requisições').waitFor()
  await edit.getByRole('button', { name: 'Salvar' }).click()
  await panel.getByText('Com folga').waitFor()
  await ask()
  const windows = panel.getByRole('region', { name: 'Histórico' }).getByRole('listitem')
  await windows.nth(1).waitFor()
  expect(await windows.count()).toBe(2)
  expect(await windows.nth(0).textContent()).toContain('em curso')
  expect(await windows.nth(1).getByRole('meter').getAttribute('aria-valuetext')).toBe('100%: 2 de 2, resta: 0')
  expect(await windows.nth(1).textContent()).toContain('valor na época: 2')

  await panel.getByRole('button', { name: 'Retirar' }).click()
  const question = page.getByRole('dialog', { name: 'Retirar este limite?' })
  await question.getByText('O histórico fica guardado', { exact: false }).waitFor()
  expect(await question.getByRole('button', { name: 'Retirar' }).isDisabled()).toBe(true)
  await question.getByRole('textbox').fill('Balcão')
  await question.getByRole('button', { name: 'Retirar' }).click()
  await page.getByText('O limite de Balcão foi retirado').waitFor()
  await page.getByRole('heading', { name: 'Nenhum limite ainda' }).waitFor()
  expect((await (await apiAs(admin))(quotas.history, { params: quota! })).items.map(({ used }) => used).at(-1)).toBe(2)
})

test('what is wrong with a limit is said at its field, and another like it is not made', async () => {
  await addQuota()
  const page = await openAs(admin, '/quotas?panel=new&type=access_key')
  const form = page.getByRole('dialog', { name: 'Novo limite' })
  await form.getByRole('button', { name: 'Criar limite' }).click()
  await form.getByText('Preencha este campo.').first().waitFor()
  expect(await form.getByText('Preencha este campo.').count()).toBe(2)
  await expectAccessible(page)
  await chooseKey(page)
  await form.getByRole('radio', { name: /^Requisições/ }).click()
  await form.getByRole('textbox', { name: 'Quanto' }).fill('1,5')
  await form.getByRole('combobox', { name: 'Em', exact: true }).click()
  await page.getByRole('option', { name: 'um dia' }).click()
  await form.getByRole('combobox', { name: 'Fuso horário' }).fill('utc')
  await form.getByRole('option', { name: 'UTC', exact: true }).click()
  await form.getByRole('button', { name: 'Criar limite' }).click()
  await form.getByText('Use um número inteiro.').waitFor()
  await form.getByRole('textbox', { name: 'Quanto' }).fill('7')
  await form.getByRole('button', { name: 'Criar limite' }).click()
  await form.getByText('Já existe um limite como este', { exact: false }).waitFor()
})

test('dollars are typed as the person writes them, and only watched where they say so', async () => {
  const page = await openAs(admin, '/quotas?panel=new')
  const form = page.getByRole('dialog', { name: 'Novo limite' })
  const amount = form.getByRole('textbox', { name: 'Quanto' })
  await amount.fill('1250,5')
  await amount.blur()
  expect(await amount.inputValue()).toBe('1.250,50')
  await form.getByRole('radio', { name: /^Só observar/ }).click()
  await form.getByText('Só um provedor ou modelo').click()
  await form
    .getByRole('textbox', { name: /^Modelo/ })
    .or(form.getByRole('combobox', { name: /^Modelo/ }))
    .fill('gpt-4o-mini')
  await form.getByText('continuam passando', { exact: false }).waitFor()
  await form.getByRole('button', { name: 'Criar limite' }).click()
  await page.getByText('está valendo', { exact: false }).waitFor()
  const { items } = await (await apiAs(admin))(quotas.list)
  expect(items).toMatchObject([
    { subject_type: 'tenant', metric: 'cost', amount: 1250.5, window: 'month', hard: false, model: 'gpt-4o-mini' },
  ])
})

test('what the list is narrowed to is in its address, and the fullest come first when asked', async () => {
  await addQuota()
  const call = await apiAs(admin)
  const me = (await call(users.list)).items.find(({ email }) => email === admin.email)!
  await call(quotas.create, { body: { subject_type: 'user', subject_id: me.id, metric: 'cost', amount: 0, window: 'month' } })
  const page = await openAs(admin, '/quotas')
  await page.getByText('2 limites', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Uso' }).click()
  await page.waitForURL('**sort=used.desc')
  expect(await page.getByRole('row').nth(1).textContent()).toContain('Bloqueia tudo')
  await page.getByLabel('De quem').selectOption({ label: 'Chave de acesso' })
  await page.waitForURL('**type=access_key**')
  await page.getByText('1 limite', { exact: true }).waitFor()
  await page.getByLabel('O quê').selectOption({ label: 'Custo' })
  await page.getByRole('heading', { name: 'Nada encontrado' }).waitFor()
  await page.getByRole('button', { name: 'Limpar filtros' }).click()
  await page.getByText('2 limites', { exact: true }).waitFor()
})

test('the spending limit of a provider key is shown, and changed at the key alone', async () => {
  const call = await apiAs(admin)
  await call(systemKeys.change, { params: { id: made.systemKeyId }, body: { usage_limit: 5, validate: false } })
  const page = await openAs(admin, '/quotas')
  const row = page.getByRole('row', { name: 'OpenAI' })
  await row.getByText('da chave').waitFor()
  await row.getByRole('button', { name: /^OpenAI/ }).click()
  const panel = page.getByRole('dialog', { name: 'OpenAI' })
  expect(await panel.getByRole('button', { name: 'Editar' }).count()).toBe(0)
  await panel.getByRole('link', { name: 'Alterar na chave' }).click()
  await page.waitForURL(`**/system-keys?id=${made.systemKeyId}`)
  await call(systemKeys.change, { params: { id: made.systemKeyId }, body: { usage_limit: null, validate: false } })
})

test('an access key shows its limits, and leads to setting one on it', async () => {
  await addQuota()
  const page = await openAs(admin, `/access-keys?id=${made.keyId}`)
  const panel = page.getByRole('dialog', { name: 'Balcão' })
  await panel.getByRole('link', { name: /2 requisições por dia/ }).waitFor()
  await panel.getByRole('link', { name: 'Novo limite' }).click()
  await page.waitForURL('**/quotas?**')
  const form = page.getByRole('dialog', { name: 'Novo limite' })
  await form.getByRole('radio', { name: 'Chave de acesso', checked: true }).waitFor()
  await page.waitForFunction(() => document.querySelector<HTMLInputElement>('form [role=combobox]')?.value === 'Balcão')
})

test('a member sees the limits on them and nobody else’s, and can change none', async () => {
  await addQuota()
  const call = await apiAs(admin)
  const { id } = (await call(users.list)).items.find(({ email }) => email === caio.email)!
  await call(quotas.create, { body: { subject_type: 'user', subject_id: id, metric: 'cost', amount: 3, window: 'week' } })
  const page = await openAs(caio, '/quotas')
  await page.getByText('1 limite', { exact: true }).waitFor()
  await page.getByRole('button', { name: /^Caio/ }).click()
  await page.getByRole('dialog', { name: 'Caio' }).getByText('US$ 3,00 por semana').first().waitFor()
  for (const name of ['Novo limite', 'Editar', 'Retirar', /^Ações de/])
    expect([name, await page.getByRole('button', { name }).count()]).toEqual([name, 0])
  await page.goto('/pt-BR/groups')
  await page.getByRole('heading', { name: 'Você não tem acesso a esta página' }).waitFor()
})

test('a limit from above is seen by the tenant’s administrator, who cannot change it', async () => {
  const call = await apiAs(admin)
  const tenant = await call(tenants.create, { body: { name: 'Armazém', plan: 'pro' } })
  await call(users.create, { body: { ...rui, tenant_id: tenant.id, roles: ['admin'] } })
  await call(quotas.create, { body: { subject_type: 'tenant', subject_id: tenant.id, metric: 'tokens', amount: 1_000_000, window: 'day' } })
  const page = await openAs(rui, '/quotas')
  const row = page.getByRole('row', { name: 'Armazém' })
  await row.getByText('1.000.000 de tokens por dia').waitFor()
  await row.getByText('da plataforma').waitFor()
  await row.getByRole('button', { name: /^Armazém/ }).click()
  await page.getByRole('dialog', { name: 'Armazém' }).getByText('só um administrador da plataforma', { exact: false }).waitFor()
  expect(await page.getByRole('button', { name: 'Editar' }).count()).toBe(0)
})

test.each(['light', 'dark'] as const)(
  'list, panel and forms are accessible in the %s theme, also on a phone, and fit it',
  async (theme) => {
    const { id } = await addQuota()
    await addQuota({ hard: false }).catch(() => undefined)
    for (const width of [1440, 390] as const) {
      const page = await openAs(admin, '/quotas', { theme, width })
      const fits = async () => expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
      await expectAccessible(page)
      await fits()
      for (const query of [`?id=${id}`, `?id=${id}&panel=edit`, '?panel=new']) {
        await page.goto(`/pt-BR/quotas${query}`)
        await page.getByRole('dialog').waitFor()
        await page.waitForLoadState('networkidle')
        await expectAccessible(page)
        await fits()
      }
    }
  },
)
