import { expect, test } from 'vitest'
import { isSameOrigin } from './same-origin.ts'

const host = 'console.example:3000'
const own = 'http://console.example:3000'

test.each([
  ['POST', { 'sec-fetch-site': 'same-origin', origin: own }, true],
  ['POST', { 'sec-fetch-site': 'same-origin' }, true],
  ['POST', { origin: own }, true],
  ['POST', { 'sec-fetch-site': 'same-site', origin: 'http://other.example' }, false],
  ['POST', { 'sec-fetch-site': 'cross-site', origin: 'http://evil.example' }, false],
  ['POST', { 'sec-fetch-site': 'none' }, false],
  ['POST', { origin: 'http://evil.example' }, false],
  ['POST', { origin: 'null' }, false],
  ['POST', { 'sec-fetch-site': 'same-origin', origin: 'http://evil.example' }, false],
  ['DELETE', {}, false],
  ['GET', {}, true],
  ['GET', { 'sec-fetch-site': 'none' }, true],
  ['GET', { 'sec-fetch-site': 'cross-site' }, false],
])('%s with %j: %s', (method, headers, expected) => expect(isSameOrigin(method, { host, ...headers }, null)).toBe(expected))

test('behind a proxy the public address is the console’s own too', () => {
  expect(isSameOrigin('POST', { host: '127.0.0.1:3000', origin: 'https://llm.example.com' }, 'https://llm.example.com')).toBe(true)
  expect(isSameOrigin('POST', { host: '127.0.0.1:3000', origin: 'https://llm.example.com' }, null)).toBe(false)
})
