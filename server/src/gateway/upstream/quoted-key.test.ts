import { expect, test } from 'vitest'
import { Secret } from '../../platform/secret.ts'
import type { Attempt } from '../settlement/settle.ts'
import { hideKey, hideKeyInHeaders, hideKeys } from './quoted-key.ts'

const key = 'sk-test-quoted-0123456789'
const attemptWith = (secret: string | null) =>
  ({ target: { key: { target: { secret: secret === null ? null : Secret.of(secret) } } } }) as Attempt

test('an answer that quotes the key it was called with loses it, and nothing else', () => {
  const answer = Buffer.concat([Buffer.from(`{"message":"refused ${key}, again ${key} é`), Buffer.from([0xff, 0xe2]), Buffer.from('"}')])
  const hidden = Buffer.concat([
    Buffer.from('{"message":"refused [secret], again [secret] é'),
    Buffer.from([0xff, 0xe2]),
    Buffer.from('"}'),
  ])
  expect(hideKey(attemptWith(key), answer)).toEqual(hidden)
  const headers = { 'x-debug': `Bearer ${key}`, link: ['a', `b ${key}`], 'retry-after': '3' }
  expect(hideKeyInHeaders(attemptWith(key), headers as never)).toEqual({
    'x-debug': 'Bearer [secret]',
    link: ['a', 'b [secret]'],
    'retry-after': '3',
  })
})

test('an answer that does not quote it is the very same', () => {
  const answer = Buffer.from('all is well')
  const headers = { 'x-debug': 'nothing' }
  for (const secret of [key, null]) {
    expect(hideKey(attemptWith(secret), answer)).toBe(answer)
    expect(hideKeyInHeaders(attemptWith(secret), headers)).toBe(headers)
  }
})

test('a key so short that it could be a word is looked for in errors only', () => {
  const answer = Buffer.from('the gateway answers plainly')
  expect(hideKey(attemptWith('gateway'), answer)).toBe(answer)
  expect(hideKeys(attemptWith('gateway'), 'the gateway is refused')).toBe('the [secret] is refused')
})

test('an error is rid of the key in base64 and of other keys too', () => {
  const told = hideKeys(attemptWith(key), `${Buffer.from(key).toString('base64')} and sk-proj-of-somebody-else-0123456789`)
  expect(told).toBe('[secret] and [secret]')
  expect(hideKeys(attemptWith(null), 'nothing to hide')).toBe('nothing to hide')
})
