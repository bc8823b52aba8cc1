import { describe, expect, test } from 'vitest'
import { resolveProviderKeys, type Candidate, type Need } from './resolution.ts'

const now = new Date('2026-06-01T12:00:00Z')
const need: Need = { provider: 'openai', tenantId: 'tenant', rootTenantId: 'root', ownerId: 'ana', boundKeyId: null, sandbox: false, now }

function key(id: string, more: Partial<Candidate> = {}): Candidate {
  return {
    id,
    tenant_id: 'tenant',
    kind: 'user',
    user_id: 'ana',
    provider: 'openai',
    status: 'active',
    is_active: true,
    expires_at: null,
    sandbox: false,
    priority: 0,
    ...more,
  }
}
const system = (id: string, tenant_id: string, more: Partial<Candidate> = {}) =>
  key(id, { kind: 'system', user_id: null, tenant_id, ...more })
const found = (candidates: Candidate[], more: Partial<Need> = {}) => {
  const resolution = resolveProviderKeys(candidates, { ...need, ...more })
  return resolution && [resolution.via, ...resolution.keys.map(({ id }) => id)]
}

const own = key('own')
const tenants = system('tenants', 'tenant')
const installations = system('installations', 'root')
const everything = [installations, tenants, own]

describe('where a key is looked for', () => {
  test('the owner first, then the tenant, then the installation', () => {
    expect(found(everything)).toEqual(['owner', 'own'])
    expect(found([installations, tenants])).toEqual(['tenant', 'tenants'])
    expect(found([installations])).toEqual(['installation', 'installations'])
    expect(found([])).toBeNull()
  })

  test('a bound key goes before all of them', () => {
    expect(found(everything, { boundKeyId: 'installations' })).toEqual(['bound', 'installations'])
  })

  test('a bound key that cannot be used stays the answer', () => {
    const broken = [key('bound', { is_active: false }), key('bound', { status: 'invalid' }), key('bound', { expires_at: now })]
    for (const bound of broken) expect(found([...everything, bound], { boundKeyId: 'bound' })).toEqual(['bound', 'bound'])
  })

  test('a bound key that was retired, or is of another provider, is no binding', () => {
    expect(found([...everything, key('bound', { status: 'retired' })], { boundKeyId: 'bound' })).toEqual(['owner', 'own'])
    expect(found([...everything, key('bound', { provider: 'groq' })], { boundKeyId: 'bound' })).toEqual(['owner', 'own'])
  })

  test('nobody else is asked: other people, other tenants, other providers', () => {
    expect(
      found([
        key('other', { user_id: 'bia' }),
        system('foreign', 'elsewhere'),
        key('groq', { provider: 'groq' }),
        key('namesake', { tenant_id: 'elsewhere' }),
      ]),
    ).toBeNull()
  })

  test('a service of the tenant has no owner to ask', () => {
    expect(found([key('nobodys', { user_id: null }), own, tenants], { ownerId: null })).toEqual(['tenant', 'tenants'])
  })

  test('the root tenant finds its own system keys as its own', () => {
    expect(found([installations], { tenantId: 'root' })).toEqual(['tenant', 'installations'])
  })
})

describe('which keys count', () => {
  test.each<[string, Partial<Candidate>]>([
    ['switched off', { is_active: false }],
    ['known to be invalid', { status: 'invalid' }],
    ['retired', { status: 'retired' }],
    ['expired at this instant', { expires_at: now }],
    ['for the sandbox', { sandbox: true }],
  ])('one that is %s is absent', (_, more) => {
    expect(found([key('own', more), tenants])).toEqual(['tenant', 'tenants'])
  })

  test.each<[string, Partial<Candidate>]>([
    ['unverified', { status: 'unverified' }],
    ['degraded', { status: 'degraded' }],
    ['still to expire', { expires_at: new Date('2026-06-01T12:00:00.001Z') }],
  ])('one that is %s is there', (_, more) => {
    expect(found([key('own', more), tenants])).toEqual(['owner', 'own'])
  })

  test('the sandbox uses sandbox keys only', () => {
    expect(found([own, system('box', 'root', { sandbox: true })], { sandbox: true })).toEqual(['installation', 'box'])
  })

  test('all of one step are answered, lowest priority number first, then the oldest', () => {
    expect(found([key('c'), key('b'), key('a', { priority: 5 }), key('d', { priority: 1 }), tenants])).toEqual([
      'owner',
      'b',
      'c',
      'd',
      'a',
    ])
  })
})
