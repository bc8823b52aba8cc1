import { groups } from '@llm-manager/contract/groups'
import { quotas } from '@llm-manager/contract/quotas'
import { afterEach, expect, test } from 'vitest'
import { expectAccessible } from './support/accessibility.ts'
import { apiAs } from './support/api.ts'
import { useBrowser } from './support/browser.ts'
import { admin } from './support/people.ts'

const { openAs } = useBrowser()

afterEach(async () => {
  const call = await apiAs(admin)
  for (const { id } of (await call(groups.list)).items) await call(groups.remove, { params: { id } })
})

async function addGroup() {
  return await (
    await apiAs(admin)
  )(groups.create, { body: { name: 'Cozinha' } })
}

test('an empty list says what a group is, leads to the first, and people are put in it and taken out', async () => {
  const page = await openAs(admin, '/groups')
  await page.getByRole('heading', { name: 'Nenhum grupo ainda' }).waitFor()
  await page.getByRole('button', { name: 'Novo grupo' }).last().click()
  const form = page.getByRole('dialog', { name: 'Novo grupo' })
  await form.getByRole('button', { name: 'Criar grupo' }).click()
  await form.getByText('Preencha este campo.').waitFor()
  await form.getByLabel('Nome', { exact: true }).fill('Cozinha')
  await form.getByRole('button', { name: 'Criar grupo' }).click()

  const panel = page.getByRole('dialog', { name: 'Cozinha' })
  await panel.getByRole('combobox', { name: 'Pôr uma pessoa no grupo' }).fill(admin.email)
  await panel.getByRole('option').click()
  await panel.getByRole('listitem').getByText(admin.email).waitFor()
  await page.getByRole('row', { name: 'Cozinha' }).getByText('1 pessoa').waitFor()
  const call = await apiAs(admin)
  const [group] = (await call(groups.list)).items
  expect((await call(groups.members, { params: group! })).items).toMatchObject([{ email: admin.email }])

  await panel.getByRole('button', { name: /^Tirar .* do grupo$/ }).click()
  await panel.getByText('Ninguém ainda.', { exact: false }).waitFor()
  expect((await call(groups.members, { params: group! })).items).toEqual([])
})

test('a group leads to setting its limit, and takes it along when it is retired', async () => {
  const { id } = await addGroup()
  const page = await openAs(admin, `/groups?id=${id}`)
  await page.getByRole('dialog', { name: 'Cozinha' }).getByRole('link', { name: 'Novo limite' }).click()
  const form = page.getByRole('dialog', { name: 'Novo limite' })
  await form.getByRole('textbox', { name: 'Quanto' }).fill('50')
  await form.getByText('As chamadas das pessoas do grupo Cozinha, somadas, são recusadas com 402', { exact: false }).waitFor()
  await form.getByRole('button', { name: 'Criar limite' }).click()
  await page.getByText('O limite de Cozinha está valendo').waitFor()

  await page.goto('/pt-BR/groups')
  await page.getByRole('link', { name: '1 limite de Cozinha' }).click()
  await page.waitForURL(`**/quotas?type=group&subject=${id}`)
  await page.getByRole('row', { name: 'US$ 50,00 por mês' }).waitFor()

  await page.goto(`/pt-BR/groups?id=${id}`)
  await page.getByRole('dialog', { name: 'Cozinha' }).getByRole('button', { name: 'Encerrar' }).click()
  const question = page.getByRole('dialog', { name: 'Encerrar este grupo?' })
  await question.getByText('O limite dele é retirado na hora.', { exact: false }).waitFor()
  await question.getByRole('textbox').fill('Cozinha')
  await question.getByRole('button', { name: 'Encerrar' }).click()
  await page.getByText('Cozinha foi encerrado').waitFor()
  expect((await (await apiAs(admin))(quotas.list, { query: { subject_type: 'group' } })).items).toEqual([])
})

test('a group is renamed, but not to the name of another', async () => {
  const { id } = await addGroup()
  const call = await apiAs(admin)
  await call(groups.create, { body: { name: 'Salão' } })
  const page = await openAs(admin, `/groups?id=${id}&panel=edit`)
  const form = page.getByRole('dialog', { name: 'Renomear Cozinha' })
  await form.getByLabel('Nome', { exact: true }).fill('Salão')
  await form.getByRole('button', { name: 'Salvar' }).click()
  await form.getByText('Já existe um grupo com este nome.').waitFor()
  await form.getByLabel('Nome', { exact: true }).fill('Forno')
  await form.getByRole('button', { name: 'Salvar' }).click()
  await page.getByRole('dialog', { name: 'Forno' }).waitFor()
  expect(await call(groups.get, { params: { id } })).toMatchObject({ name: 'Forno' })
})

test.each(['light', 'dark'] as const)('list, panel and form are accessible in the %s theme, also on a phone', async (theme) => {
  const { id } = await addGroup()
  for (const width of [1440, 390] as const) {
    const page = await openAs(admin, '/groups', { theme, width })
    await expectAccessible(page)
    for (const query of [`?id=${id}`, '?panel=new']) {
      await page.goto(`/pt-BR/groups${query}`)
      await page.getByRole('dialog').waitFor()
      await page.waitForLoadState('networkidle')
      await expectAccessible(page)
    }
  }
})
