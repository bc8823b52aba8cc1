import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgeAddress, readAllowList } from './addresses.ts'

const nothing = readAllowList([])

describe('without an allow list', () => {
  test.each([
    ['8.8.8.8', 'public'],
    ['1.1.1.1', 'public'],
    ['172.15.255.255', 'public'],
    ['172.32.0.0', 'public'],
    ['100.63.255.255', 'public'],
    ['100.128.0.0', 'public'],
    ['2606:4700:4700::1111', 'public'],
    ['2a00:1450:4001:81b::200e', 'public'],
    ['::ffff:8.8.8.8', 'public'],
    ['127.0.0.1', 'private_address'],
    ['127.255.255.254', 'private_address'],
    ['10.0.0.1', 'private_address'],
    ['172.16.0.1', 'private_address'],
    ['172.31.255.255', 'private_address'],
    ['192.168.1.1', 'private_address'],
    ['100.64.0.1', 'private_address'],
    ['::1', 'private_address'],
    ['::ffff:127.0.0.1', 'private_address'],
    ['::ffff:7f00:1', 'private_address'],
    ['fc00::1', 'private_address'],
    ['fd12:3456::1', 'private_address'],
    ['169.254.1.1', 'link_local'],
    ['fe80::1', 'link_local'],
    ['fe80::1%eth0', 'link_local'],
    ['169.254.169.254', 'metadata'],
    ['::ffff:169.254.169.254', 'metadata'],
    ['169.254.170.2', 'metadata'],
    ['100.100.100.200', 'metadata'],
    ['168.63.129.16', 'metadata'],
    ['fd00:ec2::254', 'metadata'],
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['::', 'unspecified'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.255', 'multicast'],
    ['255.255.255.255', 'multicast'],
    ['ff02::1', 'multicast'],
    ['64:ff9b::7f00:1', 'reserved_address'],
    ['64:ff9b:1::a00:1', 'reserved_address'],
    ['::7f00:1', 'reserved_address'],
    ['2002:7f00:1::', 'reserved_address'],
    ['2001:0:7f00:1::', 'reserved_address'],
    ['2001:db8::1', 'reserved_address'],
    ['fec0::1', 'reserved_address'],
    ['100::1', 'reserved_address'],
    ['4000::1', 'reserved_address'],
    ['240.0.0.1', 'reserved_address'],
    ['192.0.2.1', 'reserved_address'],
    ['198.18.0.1', 'reserved_address'],
    ['not an address', 'malformed'],
    ['', 'malformed'],
  ])('%s is %s', (address, verdict) => {
    expect(judgeAddress(nothing, 'some.host', address)).toBe(verdict)
  })

  test('no form of a loopback address is anything but refused', () => {
    fc.assert(
      fc.property(fc.nat(0xffffff), (rest) => {
        const [b, c, d] = [rest >> 16, (rest >> 8) & 255, rest & 255]
        const tail = `7f${b.toString(16).padStart(2, '0')}:${((c << 8) | d).toString(16)}`
        for (const address of [
          `127.${b}.${c}.${d}`,
          `::ffff:${tail}`,
          `::${tail}`,
          `64:ff9b::${tail}`,
          `2002:${tail}::`,
          `::ffff:0:${tail}`,
        ]) {
          expect(['public', 'allowed']).not.toContain(judgeAddress(nothing, 'some.host', address))
        }
      }),
    )
  })
})

describe('the allow list', () => {
  const allow = readAllowList([
    '10.1.0.0/16',
    ' 192.168.7.7 ',
    'fd12::/16',
    'Ollama.Internal.',
    '127.0.0.1',
    '[::1]',
    '169.254.0.0/16',
    '0.0.0.0/8',
    '224.0.0.0/4',
    '::ffff:10.9.9.9',
  ])

  test.each([
    ['x', '10.1.2.3', 'allowed'],
    ['x', '::ffff:10.1.2.3', 'allowed'],
    ['x', '10.2.0.1', 'private_address'],
    ['x', '192.168.7.7', 'allowed'],
    ['x', '192.168.7.8', 'private_address'],
    ['x', 'fd12::9', 'allowed'],
    ['x', 'fd13::9', 'private_address'],
    ['x', '::1', 'allowed'],
    ['x', '10.9.9.9', 'allowed'],
    ['ollama.internal', '172.20.0.5', 'allowed'],
    ['ollama.internal', '8.8.8.8', 'allowed'],
    ['evil.ollama.internal', '172.20.0.5', 'private_address'],
    ['internal', '172.20.0.5', 'private_address'],
    ['x', '169.254.9.9', 'allowed'],
  ])('%s at %s is %s', (host, address, verdict) => {
    expect(judgeAddress(allow, host, address)).toBe(verdict)
  })

  test('never opens cloud metadata by a range or a name, only by the address itself', () => {
    expect(judgeAddress(allow, 'ollama.internal', '169.254.169.254')).toBe('metadata')
    expect(judgeAddress(readAllowList(['0.0.0.0/0', '::/0']), 'x', '169.254.169.254')).toBe('metadata')
    expect(judgeAddress(readAllowList(['0.0.0.0/0', '::/0']), 'x', 'fd00:ec2::254')).toBe('metadata')
    expect(judgeAddress(readAllowList(['169.254.169.254']), 'x', '169.254.169.254')).toBe('allowed')
    expect(judgeAddress(readAllowList(['fd00:ec2::254/128']), 'x', 'fd00:ec2::254')).toBe('allowed')
  })

  test('never opens unspecified and multicast addresses', () => {
    expect(judgeAddress(allow, 'ollama.internal', '0.0.0.0')).toBe('unspecified')
    expect(judgeAddress(allow, 'x', '224.0.0.1')).toBe('multicast')
  })

  test('names every entry that cannot be read', () => {
    expect(() =>
      readAllowList(['10.0.0.0/33', 'ok.host', 'http://x', 'a b', 'host:80', '*.internal', 'user@host', '', '10.0.0.0/8']),
    ).toThrow('EGRESS_ALLOW: not an address range or host name: "10.0.0.0/33", "http://x", "a b", "host:80", "*.internal", "user@host", ""')
  })
})
