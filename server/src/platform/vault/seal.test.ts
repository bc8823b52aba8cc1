import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Secret } from '../secret.ts'
import { createDataKey, openDataKey } from './data-key.ts'
import { openKeyring } from './keyring.ts'
import { SealBroken, open, seal, sealedKeyVersion } from './seal.ts'
import type { SealProblem, SealedPlace } from './seal.ts'

const TENANT = '01890a5d-ac96-774b-bcce-b302099a8057'
const ring = openKeyring(randomBytes(32).toString('base64url'))
const newDataKey = (tenantId: string, version: number) => openDataKey(ring, tenantId, createDataKey(ring, tenantId, version))
const dataKey = newDataKey(TENANT, 7)
const place: SealedPlace = { tenantId: TENANT, table: 'provider_keys', rowId: 'row-1', column: 'secret', rowVersion: 3 }
const KEY = 'sk-proj-8Zq2LmN4pR6tVxYb'
const OVERHEAD_BYTES = 66

const brokenAs = (problem: SealProblem) => expect.objectContaining({ name: 'SealBroken', problem })

describe('a sealed value', () => {
  test('opens in its own place', () => {
    const sealed = seal(dataKey, place, Secret.of(KEY))
    expect(open(dataKey, place, sealed).expose()).toBe(KEY)
    expect(sealed).toHaveLength(KEY.length + OVERHEAD_BYTES)
    expect(sealedKeyVersion(sealed)).toBe(7)
  })

  test('is any text, empty and long included', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        expect(open(dataKey, place, seal(dataKey, place, text)).expose()).toBe(text)
      }),
    )
  })

  test('does not contain what it seals', () => {
    const sealed = seal(dataKey, place, KEY)
    expect(sealed.includes(KEY.slice(0, 4))).toBe(false)
    expect(inspect(open(dataKey, place, sealed))).toBe('[secret]')
  })

  test.each<[string, Partial<SealedPlace>]>([
    ['row', { rowId: 'row-2' }],
    ['table', { table: 'webhooks' }],
    ['column', { column: 'next_secret' }],
    ['older version of its row', { rowVersion: 2 }],
  ])('does not open in another %s', (_what, change) => {
    const sealed = seal(dataKey, place, KEY)
    expect(() => open(dataKey, { ...place, ...change }, sealed)).toThrow(brokenAs('tampered'))
  })

  test('does not open for another tenant, whichever key is tried', () => {
    const sealed = seal(dataKey, place, KEY)
    const otherPlace = { ...place, tenantId: '01890a5d-ac96-774b-bcce-b302099a8058' }
    expect(() => open(newDataKey(otherPlace.tenantId, 7), otherPlace, sealed)).toThrow(brokenAs('wrong_key'))
    expect(() => open(dataKey, otherPlace, sealed)).toThrow(RangeError)
    expect(() => open({ ...dataKey, tenantId: otherPlace.tenantId }, otherPlace, sealed)).toThrow(brokenAs('tampered'))
    expect(() => seal(dataKey, otherPlace, KEY)).toThrow(RangeError)
  })

  test('does not open with another data key, nor another version of its own', () => {
    const sealed = seal(dataKey, place, KEY)
    expect(() => open(newDataKey(TENANT, 7), place, sealed)).toThrow(brokenAs('wrong_key'))
    expect(() => open({ ...dataKey, version: 8 }, place, sealed)).toThrow(brokenAs('wrong_key'))
  })

  test('has no two places that read alike: moving text between the parts of a place breaks it', () => {
    const parts = fc.record({ table: fc.string(), rowId: fc.string(), column: fc.string(), rowVersion: fc.nat() })
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        fc.pre(JSON.stringify(a) !== JSON.stringify(b))
        const sealed = seal(dataKey, { tenantId: TENANT, ...a }, KEY)
        expect(() => open(dataKey, { tenantId: TENANT, ...b }, sealed)).toThrow(brokenAs('tampered'))
      }),
    )
    // Without lengths both would read `abbc` as a place and `abc` as a field.
    const sealed = seal(dataKey, { ...place, table: 'ab', rowId: 'b', column: 'c' }, KEY)
    expect(() => open(dataKey, { ...place, table: 'a', rowId: 'b', column: 'bc' }, sealed)).toThrow(brokenAs('tampered'))
  })
})

describe('damage is always found', () => {
  test('every single flipped bit', () => {
    const sealed = seal(dataKey, place, KEY)
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const flipped = Buffer.from(sealed)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(() => open(dataKey, place, flipped), `bit ${bit}`).toThrow(SealBroken)
    }
  })

  test('every cut and every addition', () => {
    const sealed = seal(dataKey, place, KEY)
    for (let length = 0; length < sealed.length; length += 1)
      expect(() => open(dataKey, place, sealed.subarray(0, length)), `${length} bytes`).toThrow(SealBroken)
    expect(() => open(dataKey, place, Buffer.concat([sealed, Buffer.alloc(1)]))).toThrow(brokenAs('tampered'))
  })

  test('a tag shortened to 4 to 15 bytes, where nothing but the tag is left too', () => {
    for (const text of ['', KEY]) {
      const sealed = seal(dataKey, place, text)
      for (let kept = 4; kept < 16; kept += 1) {
        expect(() => open(dataKey, place, sealed.subarray(0, sealed.length - 16 + kept)), `${kept} of 16`).toThrow(SealBroken)
      }
    }
  })

  test('any other bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => open(dataKey, place, Buffer.from(bytes))).toThrow(SealBroken)
      }),
    )
    expect(sealedKeyVersion(Buffer.from('gAAAAA'))).toBeUndefined()
  })

  test('the error names the place and never the value', () => {
    const sealed = seal(dataKey, place, KEY)
    try {
      open(dataKey, { ...place, rowId: 'row-2' }, sealed)
      expect.unreachable()
    } catch (error) {
      expect((error as Error).message).toBe('provider_keys.secret of row row-2 does not open: tampered')
      expect(inspect(error)).not.toContain(KEY)
    }
  })
})

test('no two ciphertexts of the same value are alike', () => {
  const sealed = Array.from({ length: 20_000 }, () => seal(dataKey, place, KEY))
  expect(new Set(sealed.map((bytes) => bytes.toString('latin1', 38, 50))).size).toBe(20_000)
  expect(new Set(sealed.map((bytes) => bytes.toString('latin1', 50))).size).toBe(20_000)
})
