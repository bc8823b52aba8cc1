import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { addressList } from '../snapshot/apply.ts'
import { clientIp, isListed } from './client-ip.ts'

const from = (remoteAddress: string, forwarded?: string) =>
  ({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } }) as unknown as IncomingMessage
const proxies = addressList(['10.0.0.0/8', '::1'])

test('without trusted proxies what a client says of its address counts for nothing', () => {
  expect(clientIp(from('203.0.113.9', '198.51.100.1'), null)).toBe('203.0.113.9')
  expect(clientIp(from('203.0.113.9', '198.51.100.1'), proxies)).toBe('203.0.113.9')
})

test('behind trusted proxies the first address that is none of them is the client', () => {
  expect(clientIp(from('10.0.0.1', '198.51.100.1'), proxies)).toBe('198.51.100.1')
  expect(clientIp(from('10.0.0.1', '1.1.1.1, 198.51.100.1, 10.9.9.9'), proxies)).toBe('198.51.100.1')
  expect(clientIp(from('::1', '10.1.1.1'), proxies)).toBe('10.1.1.1')
  expect(clientIp(from('10.0.0.1'), proxies)).toBe('10.0.0.1')
})

test('IPv4 within IPv6 is IPv4', () => {
  expect(clientIp(from('::ffff:203.0.113.9'), null)).toBe('203.0.113.9')
})

test.each([
  ['203.0.113.7', true],
  ['203.0.114.7', false],
  ['2001:db8::5', true],
  ['2001:db9::5', false],
  ['nonsense', false],
  ['', false],
])('%s is on the list: %s', (address, expected) => {
  expect(isListed(addressList(['203.0.113.0/24', '2001:db8::/32']), address)).toBe(expected)
})
