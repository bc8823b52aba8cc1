import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { contentSecurityPolicy, toastStyleDigest } from './content-security-policy.ts'

test('the policy admits the style sheet of the installed toast library, and no other', () => {
  const source = readFileSync(fileURLToPath(import.meta.resolve('sonner')), 'utf8')
  const [, literal = ''] = /__insertCSS\(("(?:[^"\\]|\\.)*")\)/.exec(source) ?? []
  const digest = createHash('sha256')
    .update(JSON.parse(literal) as string)
    .digest('base64')
  expect(toastStyleDigest).toBe(`sha256-${digest}`)
})

test('scripts run by nonce alone', () => {
  const policy = contentSecurityPolicy({ nonce: 'abc', isDev: false, isSecure: false })
  const [scripts] = policy.split('; ').filter((directive) => directive.startsWith('script-src'))
  expect(scripts).toBe(`script-src 'self' 'nonce-abc' 'strict-dynamic'`)
  expect(policy).not.toContain('unsafe-eval')
  expect(policy).not.toContain('upgrade-insecure-requests')
})

test('behind TLS everything is asked for over TLS', () => {
  expect(contentSecurityPolicy({ nonce: 'abc', isDev: false, isSecure: true })).toContain('upgrade-insecure-requests')
})
