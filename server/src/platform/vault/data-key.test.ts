import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DataKeyRefused, createDataKey, deriveFromDataKey, openDataKey, readWrappedHeader, rewrapDataKey } from './data-key.ts'
import type { DataKeyProblem } from './data-key.ts'
import { openKeyring } from './keyring.ts'
import { open, seal } from './seal.ts'

const TENANT = '01890a5d-ac96-774b-bcce-b302099a8057'
const OTHER_TENANT = '01890a5d-ac96-774b-bcce-b302099a8058'
const newKey = (): string => randomBytes(32).toString('base64url')
const [OLD, NEW] = [newKey(), newKey()]
const oldRing = openKeyring(OLD)
const bothRing = openKeyring(`${NEW},${OLD}`)
const newRing = openKeyring(NEW)
const place = { tenantId: TENANT, table: 'provider_keys', rowId: 'row-1', column: 'secret', rowVersion: 1 }

const refusedAs = (problem: DataKeyProblem) => expect.objectContaining({ name: 'DataKeyRefused', problem })

describe("a tenant's data key survives the rotation of ENCRYPTION_KEY", () => {
  test('what was sealed before opens after the old key is gone', () => {
    const wrapped = createDataKey(oldRing, TENANT, 1)
    const sealed = seal(openDataKey(oldRing, TENANT, wrapped), place, 'sk-before')

    expect(open(openDataKey(bothRing, TENANT, wrapped), place, sealed).expose()).toBe('sk-before')
    const rewrapped = rewrapDataKey(bothRing, TENANT, wrapped)
    expect(readWrappedHeader(wrapped)).toEqual({ kekId: oldRing.current.kekId, version: 1 })
    expect(readWrappedHeader(rewrapped)).toEqual({ kekId: newRing.current.kekId, version: 1 })
    expect(open(openDataKey(newRing, TENANT, rewrapped), place, sealed).expose()).toBe('sk-before')
  })

  test('what is derived from it stays the same through the rotation', () => {
    const wrapped = createDataKey(oldRing, TENANT, 1)
    const pepper = deriveFromDataKey(openDataKey(oldRing, TENANT, wrapped), 'access-key-pepper')
    const after = openDataKey(newRing, TENANT, rewrapDataKey(bothRing, TENANT, wrapped))
    expect(deriveFromDataKey(after, 'access-key-pepper')).toEqual(pepper)
    expect(deriveFromDataKey(after, 'blind-index')).not.toEqual(pepper)
    expect(pepper).toHaveLength(32)
  })

  test('rewrapping twice changes nothing the second time', () => {
    const rewrapped = rewrapDataKey(bothRing, TENANT, createDataKey(oldRing, TENANT, 3))
    expect(rewrapDataKey(bothRing, TENANT, rewrapped)).toEqual(rewrapped)
  })

  test('a ring without its key refuses it and names the key by short id', () => {
    const wrapped = createDataKey(oldRing, TENANT, 1)
    expect(() => openDataKey(newRing, TENANT, wrapped)).toThrow(refusedAs('missing_key'))
    expect(() => openDataKey(newRing, TENANT, wrapped)).toThrow(oldRing.current.kekId.slice(0, 8))
    expect(() => rewrapDataKey(newRing, TENANT, wrapped)).toThrow(refusedAs('missing_key'))
  })
})

describe('a wrapped data key', () => {
  test('opens for its own tenant only', () => {
    const wrapped = createDataKey(oldRing, TENANT, 1)
    expect(() => openDataKey(oldRing, OTHER_TENANT, wrapped)).toThrow(refusedAs('tampered'))
    expect(() => rewrapDataKey(bothRing, OTHER_TENANT, wrapped)).toThrow(refusedAs('tampered'))
  })

  test('is refused after any single bit is flipped', () => {
    const wrapped = createDataKey(oldRing, TENANT, 1)
    expect(wrapped).toHaveLength(105)
    for (let bit = 0; bit < wrapped.length * 8; bit += 1) {
      const flipped = Buffer.from(wrapped)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(() => openDataKey(oldRing, TENANT, flipped), `bit ${bit}`).toThrow(DataKeyRefused)
    }
  })

  test('is refused when cut, longer, or no such thing', () => {
    const wrapped = createDataKey(oldRing, TENANT, 1)
    for (let length = 0; length < wrapped.length; length += 1) {
      expect(() => openDataKey(oldRing, TENANT, wrapped.subarray(0, length))).toThrow(refusedAs('malformed'))
    }
    expect(() => openDataKey(oldRing, TENANT, Buffer.concat([wrapped, Buffer.alloc(1)]))).toThrow(refusedAs('malformed'))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => openDataKey(oldRing, TENANT, Buffer.from(bytes))).toThrow(DataKeyRefused)
      }),
    )
  })

  test('never repeats: two for the same tenant and version share no key', () => {
    const keys = Array.from({ length: 50 }, () => openDataKey(oldRing, TENANT, createDataKey(oldRing, TENANT, 1)))
    expect(new Set(keys.map((key) => key.key.export().toString('hex'))).size).toBe(50)
    expect(new Set(keys.map((key) => key.commitment.toString('hex'))).size).toBe(50)
  })

  test('prints no key when opened', () => {
    const dataKey = openDataKey(oldRing, TENANT, createDataKey(oldRing, TENANT, 1))
    const printed = inspect(dataKey, { depth: 9, showHidden: true }) + JSON.stringify(dataKey)
    for (const form of ['hex', 'base64', 'base64url'] as const) expect(printed).not.toContain(dataKey.key.export().toString(form))
  })
})
