import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { WrongEncryptionKey, keyCheck, missingKekIds, verifyKeyCheck } from './key-check.ts'
import { WeakEncryptionKey, deriveKey, deriveKeys, openKeyring } from './keyring.ts'

const newKey = (): string => randomBytes(32).toString('base64url')
/** Bytes 0 to 31 and 32 to 63, written out by hand. */
const KEY_A = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'
const KEY_B = 'ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8'

function problemsOf(encryptionKey: string): readonly string[] {
  try {
    openKeyring(encryptionKey)
  } catch (error) {
    if (error instanceof WeakEncryptionKey) return error.problems
    throw error
  }
  return []
}

describe('ENCRYPTION_KEY is read as a ring', () => {
  test('the first key encrypts, all are held in order', () => {
    const ring = openKeyring(` ${KEY_A} , ${KEY_B} `)
    expect(ring.current.kekId).toBe(openKeyring(KEY_A).current.kekId)
    expect(ring.keys.map((key) => key.kekId)).toEqual([openKeyring(KEY_A).current.kekId, openKeyring(KEY_B).current.kekId])
  })

  test('base64url, base64 and padding give the same key', () => {
    const bytes = Buffer.from(Array.from({ length: 32 }, (_, index) => 255 - index * 3))
    const ids = [bytes.toString('base64url'), `${bytes.toString('base64url')}=`, bytes.toString('base64')].map(
      (text) => openKeyring(text).current.kekId,
    )
    expect(new Set(ids).size).toBe(1)
  })

  test('the configured bytes encrypt nothing: the key that wraps is derived from them', () => {
    const { raw, kek } = openKeyring(KEY_A).current
    expect(raw.export().toString('base64url')).toBe(KEY_A)
    expect(kek.equals(raw)).toBe(false)
    expect(kek.symmetricKeySize).toBe(32)
  })

  test('printing a ring shows no key', () => {
    const ring = openKeyring(KEY_A)
    const printed = inspect(ring, { depth: 9, showHidden: true }) + JSON.stringify(ring)
    for (const form of [
      KEY_A,
      ring.current.raw.export().toString('hex'),
      ring.current.kek.export().toString('hex'),
      ring.current.kek.export().toString('base64url'),
    ]) {
      expect(printed).not.toContain(form)
    }
  })

  test.each([
    ['', ['is empty']],
    ['  ', ['is empty']],
    [`${KEY_A},`, ['key 2 is empty']],
    [`,${KEY_A}`, ['key 1 is empty']],
    [KEY_A.slice(0, 22), ['key 1 has 16 bytes, 32 are needed']],
    [`${KEY_A}${KEY_B}`, ['key 1 has 64 bytes, 32 are needed']],
    [Buffer.alloc(32).toString('base64url'), ['key 1 repeats a few bytes; it must be random']],
    [Buffer.alloc(32, 0xff).toString('base64'), ['key 1 repeats a few bytes; it must be random']],
    [Buffer.alloc(32, 'secret').toString('base64url'), ['key 1 repeats a few bytes; it must be random']],
    [`${KEY_A},${KEY_B},${KEY_A}=`, ['key 3 is the same as key 1']],
    ['pass phrase of a person', ['key 1 is not base64url']],
    [`${KEY_A}%`, ['key 1 is not base64url']],
    [`${KEY_A} ${KEY_B}`, ['key 1 is not base64url']],
    ['+-'.repeat(21), ['key 1 is not base64url']],
    [`!!,short,${KEY_B},${KEY_B}`, ['key 1 is not base64url', 'key 2 has 3 bytes, 32 are needed', 'key 4 is the same as key 3']],
  ])('%j is refused with everything that is wrong', (encryptionKey, problems) => {
    expect(problemsOf(encryptionKey)).toEqual(problems)
  })

  test('the refusal does not quote what was given', () => {
    fc.assert(
      fc.property(fc.base64String({ minLength: 12, maxLength: 80 }), (text) => {
        try {
          openKeyring(text)
        } catch (error) {
          expect(inspect(error).split('\n')[0]).not.toContain(text)
        }
      }),
    )
  })

  test('any 32 random bytes are accepted', () => {
    for (let round = 0; round < 1000; round += 1) expect(problemsOf(newKey())).toEqual([])
  })
})

describe('derived keys', () => {
  test('differ by label and by ring key, and are none of the stored ids', () => {
    const [a, b] = [openKeyring(KEY_A), openKeyring(KEY_B)]
    const derived = [deriveKey(a, 'refresh'), deriveKey(a, 'csrf'), deriveKey(b, 'refresh'), deriveKey(a, '')].map((key) =>
      key.toString('hex'),
    )
    expect(new Set([...derived, a.current.kek.export().toString('hex')]).size).toBe(5)
    expect(derived.some((key) => key.startsWith(a.current.kekId))).toBe(false)
    expect(deriveKey(a, 'refresh')).toHaveLength(32)
  })

  test('what was derived before a rotation can still be verified after it', () => {
    const before = deriveKey(openKeyring(KEY_A), 'refresh')
    const rotated = openKeyring(`${KEY_B},${KEY_A}`)
    expect(deriveKey(rotated, 'refresh')).not.toEqual(before)
    expect(deriveKeys(rotated, 'refresh')).toEqual([deriveKey(rotated, 'refresh'), before])
  })
})

describe('a wrong key refuses to start', () => {
  const stored = keyCheck(openKeyring(`${KEY_A},${KEY_B}`))

  test('a first start, the same ring, and a ring that kept one key pass', () => {
    for (const ring of [`${KEY_A},${KEY_B}`, KEY_A, KEY_B, `${newKey()},${KEY_B}`])
      expect(() => verifyKeyCheck(openKeyring(ring), stored)).not.toThrow()
    expect(() => verifyKeyCheck(openKeyring(newKey()), [])).not.toThrow()
  })

  test('a ring with none of the stored keys does not, and the error names them by short id only', () => {
    const wrong = newKey()
    const ids = stored.map((entry) => entry.kekId)
    try {
      verifyKeyCheck(openKeyring(wrong), stored)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(WrongEncryptionKey)
      expect((error as WrongEncryptionKey).missingKekIds).toEqual(ids)
      expect((error as Error).message).toContain(`missing: ${ids.map((id) => id.slice(0, 8)).join(', ')}`)
      expect(inspect(error)).not.toContain(wrong)
      for (const entry of stored) expect(inspect(error)).not.toContain(entry.check)
    }
  })

  test('the id alone is not enough: a stored check that differs refuses', () => {
    const [first] = keyCheck(openKeyring(KEY_A))
    const other = keyCheck(openKeyring(KEY_B))[0]?.check ?? ''
    expect(() => verifyKeyCheck(openKeyring(KEY_A), [{ kekId: first?.kekId ?? '', check: other }])).toThrow(WrongEncryptionKey)
    expect(() => verifyKeyCheck(openKeyring(KEY_A), [{ kekId: first?.kekId ?? '', check: '' }])).toThrow(WrongEncryptionKey)
  })

  test('a key taken out of the ring too early is told apart', () => {
    expect(missingKekIds(openKeyring(KEY_B), stored)).toEqual([openKeyring(KEY_A).current.kekId])
    expect(missingKekIds(openKeyring(`${KEY_B},${KEY_A}`), stored)).toEqual([])
  })

  test('what is stored contains no key', () => {
    const text = JSON.stringify(stored)
    const { raw, kek } = openKeyring(KEY_A).current
    for (const key of [raw.export(), kek.export()]) expect(text).not.toContain(key.toString('base64url'))
  })
})
