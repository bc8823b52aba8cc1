import { quotas } from '@llm-manager/contract/quotas'
import { describe, expect, test } from 'vitest'
import type { Quota } from '../../_quotas/quota.ts'
import {
  amountText,
  editValuesOf,
  emptyValues,
  isThreshold,
  newQuotaBody,
  quotaChangeBody,
  quotaSchema,
  thresholdOf,
  thresholdText,
  tidyAmount,
} from './quota-form-values.ts'

const ana = '01890000-0000-7000-8000-000000000001'
const empty = emptyValues({ subject_type: 'user', subject_id: ana, timezone: 'America/Sao_Paulo', now: new Date('2026-11-22T14:05:30') })
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

describe('a new limit', () => {
  test('of dollars by the month counts with the calendar where the person is', () => {
    const body = newQuotaBody({ ...empty, amount: '1.250,5' }, 'pt-BR')
    expect(body).toEqual({
      subject_type: 'user',
      subject_id: ana,
      metric: 'cost',
      amount: 1250.5,
      window: 'month',
      timezone: 'America/Sao_Paulo',
      hard: true,
      thresholds: [0.8, 1],
      provider: null,
      model: null,
    })
    expect(quotaSchema(quotas.create.body).safeParse(body).success).toBe(true)
  })

  test('that begins elsewhere has an anchor and no zone', () => {
    const body = newQuotaBody({ ...empty, amount: '5', window: 'day', begins: 'anchor' }, 'en')
    expect(body).toMatchObject({ window: 'day', anchor: new Date('2026-11-22T14:05:00').toISOString() })
    expect(body).not.toHaveProperty('timezone')
  })

  test.each([
    ['of calls at once', { metric: 'parallel', window: 'day' }],
    ['of the whole', { window: 'total' }],
    ['of a minute', { window: 'minute', begins: 'anchor' }],
  ] as const)('%s has no beginning', (_, more) => {
    const body = newQuotaBody({ ...empty, amount: '5', ...more }, 'en')
    expect(body).not.toHaveProperty('timezone')
    expect(body).not.toHaveProperty('anchor')
    expect(quotaSchema(quotas.create.body).safeParse(body).success).toBe(true)
  })

  test.each([
    [{ amount: '' }, { code: 'invalid_type', path: ['amount'] }],
    [{ amount: 'cem' }, { code: 'invalid_type', path: ['amount'] }],
    [
      { amount: '1,5', metric: 'requests' },
      { code: 'whole', path: ['amount'] },
    ],
    [{ amount: '2.000.000.000' }, { code: 'too_big', path: ['amount'], maximum: 1_000_000_000 }],
    [{ amount: '0,0000000001' }, { code: 'decimals', path: ['amount'] }],
    [{ amount: '5', subject_id: '' }, { path: ['subject_id'] }],
    [{ amount: '5', thresholds: ['muito'] }, { path: ['thresholds', 0] }],
    [{ amount: '5', window: 'day', begins: 'anchor', anchor: '' }, { path: ['anchor'] }],
  ] as const)('with %j is refused before it is sent', (more, issue) => {
    const values = { ...empty, ...more } as typeof empty
    const result = quotaSchema(quotas.create.body).safeParse(newQuotaBody(values, 'pt-BR'))
    expect(!result.success && result.error.issues[0]).toMatchObject(issue)
  })
})

test('a limit is edited as it stands, and what was used stays unless the person says otherwise', () => {
  const values = editValuesOf({ metric: 'cost', amount: 1250.5, hard: false, thresholds: [0.5, 1] } as Quota, 'pt-BR')
  expect(values).toEqual({ amount: '1.250,50', hard: false, thresholds: ['50%', '100%'], usage: 'keep' })
  const body = quotaChangeBody({ ...values, usage: 'start_over' }, 'pt-BR')
  expect(body).toEqual({ amount: 1250.5, hard: false, thresholds: [0.5, 1], usage: 'start_over' })
  expect(quotaSchema(quotas.change.body, 'cost').safeParse(body).success).toBe(true)
  expect(quotaSchema(quotas.change.body, 'tokens').safeParse(body).success).toBe(false)
})

test('an amount is shown in its field as the language writes it', () => {
  expect(amountText('en', 'cost', 0.00042)).toBe('0.00042')
  expect(amountText('en', 'tokens', 1_500_000)).toBe('1,500,000')
  expect(plain(amountText('es', 'requests', 12_500))).toBe('12.500')
  expect([tidyAmount('pt-BR', 'cost', '25'), tidyAmount('en', 'tokens', '1500000'), tidyAmount('en', 'tokens', '1.5')]).toEqual([
    '25,00',
    '1,500,000',
    '1.5',
  ])
  expect([tidyAmount('en', 'cost', ''), tidyAmount('en', 'cost', 'a lot')]).toEqual(['', 'a lot'])
})

test('a threshold is a percentage, with or without its sign', () => {
  expect([thresholdOf('80%'), thresholdOf('99.5'), thresholdOf(' 7 % ')]).toEqual([0.8, 0.995, 0.07])
  expect([thresholdText(0.8), thresholdText(0.07), thresholdText(1.1)]).toEqual(['80%', '7%', '110%'])
  expect(['80%', '1000', '0', '1001%', 'x', ''].map(isThreshold)).toEqual([true, true, false, false, false, false])
})
