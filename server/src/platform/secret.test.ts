import { format, inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PastedKeyRefused, Secret, cleanPastedKey } from './secret.ts'

const KEY = 'sk-proj-8Zq2LmN4pR6tVxYb'

describe('a secret is never printed', () => {
  const secret = Secret.of(KEY)

  /** As code would hold it that took it for a text. */
  const careless = secret as unknown as string

  test.each<[string, () => string]>([
    ['String()', () => String(secret)],
    ['toString()', () => secret.toString()],
    ['a template', () => `a ${careless} in a text`],
    ['concatenation', () => 'key ' + secret],
    ['JSON', () => JSON.stringify({ secret, list: [secret] })],
    ['inspect', () => inspect(secret)],
    ['inspect with everything shown', () => inspect({ secret }, { showHidden: true, depth: 9, getters: true, customInspect: false })],
    ['console format', () => format('%s %o %O %j', secret, secret, secret, secret)],
    ['an error', () => inspect(new Error(`refused ${careless}`, { cause: secret }))],
    ['Object.entries', () => JSON.stringify(Object.entries(secret))],
    ['a spread', () => JSON.stringify(Object.assign({}, secret))],
    ['a structured clone', () => inspect(structuredClone(secret), { showHidden: true })],
  ])('by %s', (_way, print) => {
    expect(print()).not.toContain(KEY)
  })

  test('it reads [secret], and expose() gives the text', () => {
    expect(`the ${careless}`).toBe('the [secret]')
    expect(JSON.stringify(secret)).toBe('"[secret]"')
    expect(inspect(secret)).toBe('[secret]')
    expect(secret.expose()).toBe(KEY)
  })
})

describe('a hint tells keys apart without giving them away', () => {
  test.each([
    ['sk-proj-8Zq2LmN4pR6tVxYb', 'sk-…VxYb'],
    ['sk-ant-api03-8Zq2LmN4pR6tVxYb', 'sk-…VxYb'],
    ['gsk_8Zq2LmN4pR6tVxYb8Zq2LmN4', 'gsk_…LmN4'],
    ['AIza8Zq2LmN4pR6tVxYb8Zq2LmN4', 'AIza…LmN4'],
    ['AQ.8Zq2LmN4pR6tVxYb8Zq2LmN4', 'AQ.…LmN4'],
    ['lm_live_8Zq2LmN4pR6tVxYb', 'lm_…VxYb'],
    ['0123456789abcdef0123456789abcdef', '…cdef'],
    ['sk-8Zq2LmN4pR6tVxYb12', 'sk-…Yb12'],
    ['sk-8Zq2LmN4pR6tVx', '…6tVx'],
    ['sk-abcdef', '…def'],
    ['abcde', '…e'],
    ['ab', '…'],
    ['', '…'],
  ])('%s is shown as %s', (key, hint) => {
    expect(Secret.of(key).hint()).toBe(hint)
  })

  test('never over eight characters, never over a third of the key', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.constantFrom('', 'sk-', 'gsk_', 'AIza', 'AQ.'), (rest, prefix) => {
        const key = prefix + rest
        const shown = Secret.of(key).hint().length - 1
        expect(shown).toBeLessThanOrEqual(8)
        expect(shown * 3).toBeLessThanOrEqual(key.length)
      }),
    )
  })
})

describe('a pasted key is cleaned', () => {
  test.each([
    ['plain', KEY],
    ['white space', ` \t${KEY}\r\n`],
    ['double quotes', `"${KEY}"`],
    ['single quotes', `'${KEY}' `],
    ['curly quotes', `“${KEY}”`],
    ['Bearer', `Bearer ${KEY}`],
    ['bearer in quotes', `"bearer  ${KEY}"\n`],
    ['quotes after Bearer', `Bearer "${KEY}"`],
    ['zero-width characters', `\u200b${KEY.slice(0, 5)}\u200d${KEY.slice(5)}\ufeff`],
    ['no-break space', `\u00a0${KEY}\u00a0`],
  ])('of %s', (_what, pasted) => {
    expect(cleanPastedKey(pasted)).toBe(KEY)
  })

  test.each([
    ['', 'empty'],
    [' \n ', 'empty'],
    ['""', 'empty'],
    ['\u200b', 'empty'],
    ['sk-abc\r\nx-admin: 1', 'control_character'],
    ['sk-abc\u0000def', 'control_character'],
    ['sk-abc\u0085def', 'control_character'],
    ['sk-abc\tdef', 'control_character'],
    ['sk-çhave', 'not_ascii'],
    ['x'.repeat(4097), 'too_long'],
    [' '.repeat(1_000_000), 'too_long'],
  ])('%j is refused as %s', (pasted, problem) => {
    expect(() => cleanPastedKey(pasted)).toThrow(expect.objectContaining({ name: 'PastedKeyRefused', problem }))
  })

  test('4096 characters are accepted', () => {
    expect(cleanPastedKey('x'.repeat(4096))).toHaveLength(4096)
  })

  test('the refusal does not quote the key', () => {
    try {
      cleanPastedKey(`${KEY}\u0007`)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(PastedKeyRefused)
      expect(inspect(error)).not.toContain(KEY)
    }
  })

  test('cleaning twice changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        let once: string
        try {
          once = cleanPastedKey(text)
        } catch (error) {
          expect(error).toBeInstanceOf(PastedKeyRefused)
          return
        }
        expect(cleanPastedKey(once)).toBe(once)
      }),
    )
  })
})
