import { tenants } from '@llm-manager/contract/tenants'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../../test/harness.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.close())

const chosenByUs = { unknown_price: { policy: 'refuse' }, budget_status: 402, output_cap_default: null }

describe("a tenant's settings", () => {
  test('are the product’s own choice until somebody chooses, and what is not named stays', async () => {
    const id = await api.newTenant('pro')
    const shown = async () => (await api.root(tenants.get, { params: { id } })).settings
    expect(await shown()).toEqual(chosenByUs)
    const unknown_price = { policy: 'ceiling', per_million: { input: 15, cache_write: 20, output: 75.000000001 } } as const
    const changed = await api.root(tenants.change, { params: { id }, body: { settings: { unknown_price } } })
    expect(changed.settings).toEqual({ ...chosenByUs, unknown_price })
    await api.root(tenants.change, { params: { id }, body: { settings: { budget_status: 429, output_cap_default: 2_000 } } })
    expect(await shown()).toEqual({ unknown_price, budget_status: 429, output_cap_default: 2_000 })
    await api.root(tenants.change, { params: { id }, body: { name: 'Renamed', settings: { unknown_price: { policy: 'refuse' } } } })
    await api.root(tenants.change, { params: { id }, body: { settings: { output_cap_default: null } } })
    expect(await shown()).toEqual({ ...chosenByUs, budget_status: 429 })
  })

  test('are kept as whole nano-dollars', async () => {
    const id = await api.newTenant('pro')
    const unknown_price = { policy: 'ceiling', per_million: { input: 0.075, output: 0.000000001 } } as const
    await api.root(tenants.change, { params: { id }, body: { settings: { unknown_price } } })
    const [row] = await api.sql('select settings from tenants where id = $1', [id])
    expect(row).toEqual({ settings: { unknown_price: { policy: 'ceiling', per_million_nanos: { input: '75000000', output: '1' } } } })
  })

  test.each<[string, unknown]>([
    ['a policy of another kind', { unknown_price: { policy: 'free' } }],
    ['a ceiling without prices', { unknown_price: { policy: 'ceiling' } }],
    ['a ceiling for one side alone', { unknown_price: { policy: 'ceiling', per_million: { input: 1 } } }],
    ['prices of a refusal', { unknown_price: { policy: 'refuse', per_million: { input: 1, output: 1 } } }],
    ['another status', { budget_status: 403 }],
    ['no tokens at all', { output_cap_default: 0 }],
    ['a setting that there is not', { retries: 3 }],
  ])('%s is refused', async (_what, settings) => {
    const answer = await api.fetch(`/api/tenants/${api.admin.tenantId}`, {
      as: api.root,
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ settings }),
    })
    expect(answer.status).toBe(400)
  })

  test('are changed by platform administrators alone, and the change is audited', async () => {
    const id = api.admin.tenantId
    const body = { settings: { budget_status: 429 } } as const
    await expect(api.admin(tenants.change, { params: { id }, body })).rejects.toMatchObject({ status: 403 })
    await api.root(tenants.change, { params: { id }, body })
    expect((await api.admin(tenants.get, { params: { id } })).settings.budget_status).toBe(429)
    const trail = await api.sql("select before, after from audit_events where action = 'tenant.changed' and subject_id = $1", [id])
    expect(trail).toMatchObject([{ before: { settings: { budget_status: 402 } }, after: { settings: { budget_status: 429 } } }])
  })
})
