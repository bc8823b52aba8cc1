import { expect, test } from 'vitest'
import { parseConsoleConfig } from './console-config.ts'

test('without an environment the console is on port 3000 of this machine and calls the API beside it', () => {
  expect(parseConsoleConfig({})).toMatchObject({
    port: 3000,
    host: '127.0.0.1',
    apiUrl: 'http://127.0.0.1:4000',
    publicOrigin: null,
    isSecure: false,
  })
})

test('everything that is wrong is said at once', () => {
  expect(() => parseConsoleConfig({ CONSOLE_PORT: 'x', API_URL: 'ftp://api', PUBLIC_URL: '::', SESSION_SECRET: 'short' })).toThrow(
    'The console cannot start: CONSOLE_PORT is not a port; API_URL is not an http(s) address; PUBLIC_URL is not an http(s) address; SESSION_SECRET has fewer than 32 bytes',
  )
})

test('behind an https address cookies are for TLS only', () => {
  expect(parseConsoleConfig({ PUBLIC_URL: 'https://llm.example.com/' })).toMatchObject({
    publicOrigin: 'https://llm.example.com',
    isSecure: true,
  })
})

test('the session secret is derived from the JWT secret, and is not it', () => {
  const secret = 'a'.repeat(32)
  const first = parseConsoleConfig({ JWT_SECRET_KEY: secret }).sessionSecret
  expect(first).toBe(parseConsoleConfig({ JWT_SECRET_KEY: secret }).sessionSecret)
  expect(first).not.toContain(secret)
  expect(parseConsoleConfig({ SESSION_SECRET: 'b'.repeat(32), JWT_SECRET_KEY: secret }).sessionSecret).toBe('b'.repeat(32))
})

test('without any secret each start makes one up', () => {
  expect(parseConsoleConfig({}).sessionSecret).not.toBe(parseConsoleConfig({}).sessionSecret)
})
