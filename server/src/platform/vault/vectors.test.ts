import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { FernetRefused, readFernet } from './fernet.ts'
import { decryptGcm, encryptGcm, hkdf, hmacSha256 } from './primitives.ts'

const folder = process.env['TEST_VECTORS_DIR']

type Wycheproof<Group, Case> = { testGroups: (Group & { tests: (Case & { tcId: number; result: 'valid' | 'invalid' })[] })[] }
type Fernet = { desc?: string; token: string; src?: string; secret: string }

function load<Content>(file: string): Content {
  return JSON.parse(readFileSync(join(folder ?? '', file), 'utf8')) as Content
}

const hex = (text: string): Buffer => Buffer.from(text, 'hex')

describe.skipIf(folder === undefined)('public vectors (TEST_VECTORS_DIR)', () => {
  test('AES-GCM: the size in use agrees with every vector, every other size is refused', () => {
    type Case = { key: string; iv: string; aad: string; msg: string; ct: string; tag: string }
    const seen = { valid: 0, invalid: 0, otherSize: 0 }
    for (const group of load<Wycheproof<{ keySize: number; ivSize: number }, Case>>('wycheproof-aes_gcm_test.json').testGroups) {
      for (const { tcId, result, ...c } of group.tests) {
        const [key, nonce, aad, sealed] = [hex(c.key), hex(c.iv), hex(c.aad), hex(c.ct + c.tag)]
        const opened = () => decryptGcm(key, nonce, aad, sealed).toString('hex')
        if (group.keySize !== 256 || group.ivSize !== 96) {
          expect(opened, `case ${tcId}`).toThrow(RangeError)
          expect(() => encryptGcm(key, nonce, aad, hex(c.msg)), `case ${tcId}`).toThrow(RangeError)
          seen.otherSize += 1
        } else if (result === 'invalid') {
          expect(opened, `case ${tcId}`).toThrow()
          seen.invalid += 1
        } else {
          expect(opened(), `case ${tcId}`).toBe(c.msg)
          expect(encryptGcm(key, nonce, aad, hex(c.msg)).toString('hex'), `case ${tcId}`).toBe(c.ct + c.tag)
          seen.valid += 1
        }
      }
    }
    expect(seen).toEqual({ valid: 39, invalid: 27, otherSize: 250 })
  })

  test('HKDF-SHA256 agrees with every vector', () => {
    type Case = { ikm: string; salt: string; info: string; size: number; okm: string }
    const seen = { valid: 0, invalid: 0 }
    for (const group of load<Wycheproof<object, Case>>('wycheproof-hkdf_sha256_test.json').testGroups) {
      for (const { tcId, result, ...c } of group.tests) {
        const derived = () => hkdf(hex(c.ikm), hex(c.salt), hex(c.info), c.size).toString('hex')
        if (result === 'valid') expect(derived(), `case ${tcId}`).toBe(c.okm)
        else expect(derived, `case ${tcId}`).toThrow()
        seen[result] += 1
      }
    }
    expect(seen.valid + seen.invalid).toBe(86)
  })

  test('HMAC-SHA256 agrees with every vector', () => {
    type Case = { key: string; msg: string; tag: string }
    let seen = 0
    for (const group of load<Wycheproof<{ tagSize: number }, Case>>('wycheproof-hmac_sha256_test.json').testGroups) {
      for (const { tcId, result, ...c } of group.tests) {
        const tag = hmacSha256(hex(c.key), hex(c.msg)).toString('hex', 0, group.tagSize / 8)
        expect(tag === c.tag, `case ${tcId}`).toBe(result === 'valid')
        seen += 1
      }
    }
    expect(seen).toBe(174)
  })

  test('Fernet: valid tokens open', () => {
    const cases = [...load<Fernet[]>('fernet-generate.json'), ...load<Fernet[]>('fernet-verify.json')]
    expect(cases).toHaveLength(2)
    for (const c of cases) expect(readFernet(Buffer.from(c.secret, 'base64url'), c.token)).toBe(c.src)
  })

  test('Fernet: broken tokens do not open; those that are only too old or too young do', () => {
    const agedOnly = ['far-future TS (unacceptable clock skew)', 'expired TTL']
    const cases = load<Fernet[]>('fernet-invalid.json')
    expect(cases).toHaveLength(8)
    for (const c of cases) {
      const read = () => readFernet(Buffer.from(c.secret, 'base64url'), c.token)
      // Both seal the empty text.
      if (agedOnly.includes(c.desc ?? '')) expect(read(), c.desc).toBe('')
      else expect(read, c.desc).toThrow(FernetRefused)
    }
  })
})
