import { execFileSync } from 'node:child_process'
import { createCipheriv, randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { FernetRefused, readFernet, readFernetWithKeyring } from './fernet.ts'
import { openKeyring } from './keyring.ts'
import { hmacSha256 } from './primitives.ts'

const PLAINTEXT = 'sk-proj-8Zq2LmN4pR6tVxYb'

/** A token written for these tests only, straight from the layout in the specification. */
function writeFernet(key: Buffer, plaintext: Buffer, version = 0x80): string {
  const iv = randomBytes(16)
  const cipher = createCipheriv('aes-128-cbc', key.subarray(16), iv)
  const signed = Buffer.concat([Buffer.from([version, 0, 0, 0, 0, 103, 64, 0, 0]), iv, cipher.update(plaintext), cipher.final()])
  return Buffer.concat([signed, hmacSha256(key.subarray(0, 16), signed)]).toString('base64url')
}

const key = randomBytes(32)
const pad = (text: string): string => text.padEnd(Math.ceil(text.length / 4) * 4, '=')
const token = writeFernet(key, Buffer.from(PLAINTEXT))

describe('a Fernet token', () => {
  test('is read with and without its padding', () => {
    expect(readFernet(key, token)).toBe(PLAINTEXT)
    expect(readFernet(key, pad(token))).toBe(PLAINTEXT)
    expect(readFernet(key, writeFernet(key, Buffer.from('')))).toBe('')
    expect(readFernet(key, writeFernet(key, Buffer.from('çhave €')))).toBe('çhave €')
  })

  test('does not open after any single bit is flipped', () => {
    const bytes = Buffer.from(token, 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(() => readFernet(key, flipped.toString('base64url')), `bit ${bit}`).toThrow(FernetRefused)
    }
  })

  test.each([
    ['another key', randomBytes(32), token],
    ['a key of the wrong length', key.subarray(1), token],
    ['another version', key, writeFernet(key, Buffer.from(PLAINTEXT), 0x81)],
    ['a character outside the alphabet', key, `${token.slice(0, 10)}!${token.slice(10)}`],
    ['standard base64', key, token.replaceAll(/[-_]/g, '+')],
    ['a line break', key, `${pad(token)}\n`],
    ['white space inside', key, `${token.slice(0, 40)} ${token.slice(40)}`],
    ['too much padding', key, `${token}===`],
    ['padding in the middle', key, `${token.slice(0, 40)}=${token.slice(40)}`],
    ['nothing', key, ''],
    ['text that is no UTF-8', key, writeFernet(key, Buffer.from([0xff, 0xfe]))],
  ])('is refused with %s', (what, withKey, text) => {
    if (what === 'standard base64') text = text.includes('+') ? text : `+${text.slice(1)}`
    expect(() => readFernet(withKey, text)).toThrow(FernetRefused)
  })

  test('is read with whichever key of the ring made it, by the bytes as configured', () => {
    const [first, second] = [randomBytes(32), randomBytes(32)]
    const ring = openKeyring(`${first.toString('base64url')},${second.toString('base64url')}`)
    expect(readFernetWithKeyring(ring, writeFernet(first, Buffer.from('one')))).toBe('one')
    expect(readFernetWithKeyring(ring, writeFernet(second, Buffer.from('two')))).toBe('two')
    expect(() => readFernetWithKeyring(ring, token)).toThrow(FernetRefused)
  })

  test('is not quoted by its refusal', () => {
    try {
      readFernet(randomBytes(32), token)
      expect.unreachable()
    } catch (error) {
      expect(inspect(error)).not.toContain(token.slice(0, 20))
    }
  })
})

function runPython(script: string, ...args: string[]): string | undefined {
  try {
    return execFileSync('python3', ['-c', script, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return undefined
  }
}

const python = runPython('import cryptography; print(cryptography.__version__)')

test.skipIf(python === undefined)("tokens of Python's cryptography are read (where it is installed)", () => {
  const made = runPython(
    'import json,sys\nfrom cryptography.fernet import Fernet\nk=Fernet.generate_key()\nt=[Fernet(k).encrypt(("x"*n+"ç").encode()).decode() for n in range(40)]\nprint(json.dumps([k.decode(),t]))',
  )
  const [fernetKey, tokens] = JSON.parse(made ?? '') as [string, string[]]
  const ring = openKeyring(`${randomBytes(32).toString('base64url')},${fernetKey}`)
  expect(tokens.map((each) => readFernetWithKeyring(ring, each))).toEqual(Array.from({ length: 40 }, (_, n) => `${'x'.repeat(n)}ç`))
})
