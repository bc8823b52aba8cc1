import { expect, test } from 'vitest'
import { paths, safeReturnPath } from './paths.ts'

test('these are the addresses of the console', () => {
  const addresses = Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, path()]))
  expect(addresses).toEqual({
    home: '/',
    signIn: '/sign-in',
    setUp: '/setup',
    dashboard: '/dashboard',
    systemKeys: '/system-keys',
    myKeys: '/my-keys',
    agents: '/agents',
    accessKeys: '/access-keys',
    quotas: '/quotas',
    groups: '/groups',
  })
})

test('a view is in its address', () => {
  expect(paths.systemKeys({ id: 'abc', panel: 'edit' })).toBe('/system-keys?id=abc&panel=edit')
  expect(paths.signIn('/dashboard?range=7d')).toBe('/sign-in?return=%2Fdashboard%3Frange%3D7d')
})

test.each([
  ['/agents?id=1', '/agents?id=1'],
  ['/', '/'],
  ['//evil.example/x', '/dashboard'],
  ['https://evil.example', '/dashboard'],
  ['/\\evil.example', '/dashboard'],
  ['/\t/evil.example', '/dashboard'],
  ['javascript:alert(1)', '/dashboard'],
  ['', '/dashboard'],
  [null, '/dashboard'],
])('signing in leads from %j to %s and never out of the console', (given, expected) => {
  expect(safeReturnPath(given)).toBe(expected)
})
