import { accessKeys } from '@llm-manager/contract/access-keys'
import { agents } from '@llm-manager/contract/agents'
import { userKeys } from '@llm-manager/contract/user-keys'
import { afterEach, expect, inject, test } from 'vitest'
import { expectAccessible } from './support/accessibility.ts'
import { apiAs } from './support/api.ts'
import { useBrowser } from './support/browser.ts'
import { admin } from './support/people.ts'

const { openAs } = useBrowser()

afterEach(async () => {
  const call = await apiAs(admin)
  for (const { id } of (await call(agents.list)).items) await call(agents.remove, { params: { id } })
  for (const { id } of await call(userKeys.list)) await call(userKeys.remove, { params: { id } })
})

async function addKey(name: string, secret: string) {
  return await (
    await apiAs(admin)
  )(userKeys.create, { body: { provider: 'openai', api_key: secret, name, validate: false } })
}

async function addAgent(more: { key_id?: string } = {}) {
  return await (
    await apiAs(admin)
  )(agents.create, { body: { name: 'Atendimento', provider: 'openai', ...more } })
}

test('an empty list says what an agent is and leads to the first', async () => {
  const page = await openAs(admin, '/agents')
  await page.getByRole('heading', { name: 'Nenhum agente ainda' }).waitFor()
  await page.getByRole('button', { name: 'Novo agente' }).last().click()
  const dialog = page.getByRole('dialog', { name: 'Novo agente' })
  await dialog.getByLabel('Nome', { exact: true }).fill('Atendimento')
  await dialog.getByRole('button', { name: 'Criar agente' }).click()
  await page.getByRole('dialog', { name: 'Atendimento' }).getByText('Só a falta de chave passa adiante', { exact: false }).waitFor()
  expect((await (await apiAs(admin))(agents.list)).items).toMatchObject([{ name: 'Atendimento', provider: null, key_id: null }])
})

test('an agent is bound to a key, asked about it, and let go', async () => {
  const key = await addKey('Principal', 'sk-good-0123456789')
  const agent = await addAgent()
  const page = await openAs(admin, `/agents?id=${agent.id}`)
  const panel = page.getByRole('dialog', { name: 'Atendimento' })
  await panel.getByRole('button', { name: 'Vincular chave' }).click()
  const picker = page.getByRole('dialog', { name: 'Chave de Atendimento' })
  await picker.getByRole('radio', { name: 'Principal' }).click()
  await expectAccessible(page)
  await picker.getByRole('button', { name: 'Salvar' }).click()
  await panel.getByText('Principal').waitFor()
  const call = await apiAs(admin)
  // The panel shows the choice before the answer is there.
  await expect
    .poll(() => call(agents.getKey, { params: agent }).catch(() => null))
    .toEqual({ type: 'user', provider: 'openai', key_id: key.id })
  await panel.getByRole('button', { name: 'Validar chave' }).click()
  await panel.getByText('OpenAI: chave válida').waitFor()
  await panel.getByRole('button', { name: 'Desvincular' }).click()
  await panel.getByText('Automática').waitFor()
  await expect.poll(async () => (await call(agents.get, { params: agent })).key_id).toBe(null)
})

test.each([
  ['sk-invalid-0123456789', 'OpenAI: chave inválida'],
  ['sk-nocredit-0123456789', 'OpenAI: sem crédito'],
  ['sk-blocked-0123456789', 'OpenAI: acesso bloqueado'],
  ['sk-throttled-0123456789', 'OpenAI: limitada'],
  ['sk-down-0123456789', 'OpenAI: inacessível'],
])('what the provider says of %s is told in words', async (secret, words) => {
  const agent = await addAgent({ key_id: (await addKey('Principal', secret)).id })
  const page = await openAs(admin, '/agents')
  await page.getByRole('button', { name: 'Ações de Atendimento' }).click()
  await page.getByRole('menuitem', { name: 'Validar chave' }).click()
  await page.getByRole('dialog', { name: 'Atendimento' }).getByText(words).waitFor()
  expect(page.url()).toContain(agent.id)
  await expectAccessible(page)
})

test('an agent without any key is told from one whose key fails', async () => {
  const { id } = await addAgent()
  const page = await openAs(admin, `/agents?id=${id}`)
  await page.getByRole('button', { name: 'Validar chave' }).click()
  await page.getByText('Nenhuma chave atende este agente').waitFor()
})

test('a key of an agent is made from its panel, and ends with it', async () => {
  const { id } = await addAgent()
  const page = await openAs(admin, `/agents?id=${id}`)
  await page.getByRole('link', { name: 'Nova chave de acesso' }).click()
  await page.waitForURL('**/access-keys?**')
  await page.getByLabel('Nome', { exact: true }).fill('Do agente')
  expect(await page.getByRole('combobox', { name: 'Para quem' }).textContent()).toContain('Atendimento')
  await page.getByRole('button', { name: 'Criar chave' }).click()
  const secret = (await page.locator('code.select-all').textContent()) ?? ''
  const { items } = await (await apiAs(admin))(accessKeys.list, { query: { agent_id: id } })
  expect(items).toMatchObject([{ name: 'Do agente', user_id: null }])

  await page.getByLabel('Já guardei a chave').click()
  await page.getByRole('button', { name: 'Concluir' }).click()
  await page.goto(`/pt-BR/agents?id=${id}`)
  await page.getByRole('dialog', { name: 'Atendimento' }).getByRole('button', { name: 'Encerrar' }).click()
  const question = page.getByRole('dialog', { name: 'Encerrar este agente?' })
  await question.getByText('A chave de acesso dele é revogada na hora.', { exact: false }).waitFor()
  await question.getByRole('textbox').fill('Atendimento')
  await question.getByRole('button', { name: 'Encerrar' }).click()
  await page.getByText('Atendimento foi encerrado').waitFor()
  const answer = await fetch(`${inject('apiUrl')}/v1/models`, { headers: { authorization: `Bearer ${secret}` } })
  expect(answer.ok).toBe(false)
})

test.each(['light', 'dark'] as const)('list, panel and form are accessible in the %s theme, also on a phone', async (theme) => {
  const { id } = await addAgent({ key_id: (await addKey('Principal', 'sk-good-0123456789')).id })
  for (const width of [1440, 390] as const) {
    const page = await openAs(admin, '/agents', { theme, width })
    await expectAccessible(page)
    for (const query of [`?id=${id}`, '?panel=new']) {
      await page.goto(`/pt-BR/agents${query}`)
      await page.getByRole('dialog').waitFor()
      await expectAccessible(page)
    }
  }
})
