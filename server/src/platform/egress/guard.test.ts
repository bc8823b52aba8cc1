import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Pool } from 'undici'
import { createEgress } from './egress.ts'
import type { Egress, EgressOptions } from './egress.ts'
import type { EgressRefusal } from './errors.ts'
import type { ResolvedAddress } from './guard.ts'

const PUBLIC: ResolvedAddress = { address: '8.8.8.8', family: 4 }
const LOOPBACK: ResolvedAddress = { address: '127.0.0.1', family: 4 }
const BAIT = { timeoutMs: 5_000, maxBytes: 1000 }
const refusedFor = (...reasons: EgressRefusal[]) =>
  expect.objectContaining({ name: 'EgressRefused', reason: expect.toSatisfy((reason: EgressRefusal) => reasons.includes(reason)) })

/** A server on loopback that nothing may reach; `hits` counts TCP connections. */
let canary: Server
let hits = 0
let port = 0
const opened: Egress[] = []

function open(options: Partial<EgressOptions> = {}): Egress {
  const egress = createEgress({ allow: [], ...options })
  opened.push(egress)
  return egress
}

beforeAll(async () => {
  canary = createServer((_request, response) => response.end('reached'))
  canary.on('connection', () => (hits += 1))
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve))
  port = (canary.address() as AddressInfo).port
})

afterAll(async () => {
  await Promise.all(opened.map((egress) => egress.close()))
  canary.closeAllConnections()
  await new Promise((resolve) => canary.close(resolve))
})

describe('no address trick reaches loopback', () => {
  test.each([
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '0x7f.1',
    '0x7f000001',
    '017700000001',
    '0177.0.0.1',
    '2130706433',
    '127.0.0.1.',
    '１２７.０.０.１',
    '127。0。0。1',
    '%31%32%37.0.0.1',
    'localhost',
    'LOCALHOST',
    'localhost.',
    'a.localhost',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::ffff:0:127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[::7f00:1]',
    '[2002:7f00:1::]',
    '0',
    '0.0.0.0',
    '[::]',
  ])('http(s)://%s', async (host) => {
    const before = hits
    const egress = open()
    for (const scheme of ['http', 'https']) {
      const url = `${scheme}://${host}:${port}/`
      const refusal = refusedFor('private_address', 'reserved_address', 'unspecified', 'unresolvable')
      await expect(egress.check(url)).rejects.toThrow(refusal)
      await expect(egress.request(url, BAIT)).rejects.toThrow(
        expect.toSatisfy((error: Error) => /refused to connect|: dns$/.test(error.message)),
      )
      // Without the check before: the connector alone stops it.
      await expect(egress.dispatcher().request({ origin: new URL(url).origin, path: '/', method: 'GET' })).rejects.toThrow(
        expect.toSatisfy((error: Error) => ['EgressRefused', 'EgressFailed'].includes(error.name)),
      )
    }
    expect(hits).toBe(before)
  })

  test.each(['127.1', '0x7f.1', '017700000001', '2130706433', '127.0.0.1', '::1', '::ffff:127.0.0.1', 'localhost.'])(
    'the host %s handed to the connector as it is, never through a URL',
    async (hostname) => {
      const before = hits
      const { connect } = open().poolOptions()
      const outcome = await new Promise<Error | Socket | null>((resolve) => {
        connect({ hostname, host: hostname, protocol: 'http:', port: String(port) }, (error, socket) => resolve(error ?? socket))
      })
      expect(outcome).toEqual(expect.toSatisfy((error: Error) => ['EgressRefused', 'EgressFailed'].includes(error.name)))
      expect(hits).toBe(before)
    },
  )
})

describe('an address is refused with its reason', () => {
  const egress = () => open({ resolve: async () => [PUBLIC] })

  test.each<[string, EgressRefusal]>([
    ['', 'malformed'],
    ['api.openai.com', 'malformed'],
    ['https://', 'malformed'],
    ['https://[fe80::1%25eth0]/', 'malformed'],
    ['https://999.1.1.1/', 'malformed'],
    ['file:///etc/passwd', 'scheme'],
    ['data:text/plain,x', 'scheme'],
    ['gopher://host/', 'scheme'],
    ['unix:/var/run/docker.sock', 'scheme'],
    ['ftp://host/', 'scheme'],
    ['ws://host/', 'scheme'],
    ['http://public.test/', 'scheme'],
    ['http://8.8.8.8/', 'scheme'],
    ['https://user:pass@public.test/', 'credentials_in_url'],
    ['https://user@public.test/', 'credentials_in_url'],
    ['https://public.test@127.0.0.1/', 'credentials_in_url'],
    ['https://public.test:22/', 'port'],
    ['https://public.test:25/', 'port'],
    ['https://public.test:5432/', 'port'],
    ['https://public.test:6379/', 'port'],
    ['https://public.test:0/', 'port'],
    ['https://10.0.0.1/', 'private_address'],
    ['https://169.254.169.254/latest/meta-data/', 'metadata'],
    ['https://0xa9fea9fe/', 'metadata'],
    ['https://100.100.100.200/', 'metadata'],
    ['https://[fd00:ec2::254]/', 'metadata'],
    ['https://169.254.1.1/', 'link_local'],
    ['https://[fe80::1]/', 'link_local'],
    ['https://224.0.0.1/', 'multicast'],
    ['https://0.0.0.0/', 'unspecified'],
    ['https://192.0.2.1/', 'reserved_address'],
  ])('%s: %s', async (url, reason) => {
    await expect(egress().check(url)).rejects.toThrow(refusedFor(reason))
  })

  test.each([
    'https://public.test/v1',
    'https://public.test:443/',
    'https://public.test:8443/v1?x=1',
    'https://8.8.8.8/',
    'https://[2606:4700:4700::1111]/',
  ])('%s passes', async (url) => {
    expect((await egress().check(url)).href).toBe(new URL(url).href)
  })

  test('the refusal does not tell what a name resolves to', async () => {
    const error = await open({ resolve: async () => [{ address: '10.11.12.13', family: 4 }] })
      .check('https://inside.test/')
      .catch((caught: Error) => caught)
    expect(String(error)).toBe('EgressRefused: refused to connect to inside.test: private_address')
  })

  test('a name that leads nowhere is unresolvable', async () => {
    await expect(open().check('https://nothing.invalid/')).rejects.toThrow(refusedFor('unresolvable'))
    await expect(open({ resolve: async () => [] }).check('https://empty.test/')).rejects.toThrow(refusedFor('unresolvable'))
  })
})

describe('a name is judged by everything it resolves to', () => {
  test.each<[string, ResolvedAddress[]]>([
    ['public and loopback', [PUBLIC, LOOPBACK]],
    ['loopback and public', [LOOPBACK, PUBLIC]],
    ['public and mapped loopback', [PUBLIC, { address: '::ffff:127.0.0.1', family: 6 }]],
  ])('%s: refused', async (_what, addresses) => {
    const egress = open({ resolve: async () => addresses })
    await expect(egress.check(`https://mixed.test:${port}/`)).rejects.toThrow(refusedFor('private_address'))
    await expect(egress.dispatcher().request({ origin: `https://mixed.test:${port}`, path: '/', method: 'GET' })).rejects.toThrow(
      refusedFor('private_address'),
    )
  })

  test('a name that is public when checked and loopback when connected reaches nothing', async () => {
    const before = hits
    let asked = 0
    const egress = open({ resolve: async () => [(asked += 1) === 1 ? PUBLIC : LOOPBACK] })
    await expect(egress.request(`https://rebind.test:${port}/`, BAIT)).rejects.toThrow(refusedFor('private_address'))
    expect(asked).toBe(2)
    expect(hits).toBe(before)
  })

  test('a name that turns private between two connections of one pool reaches nothing', async () => {
    const before = hits
    let address = LOOPBACK
    const egress = open({ allow: ['127.0.0.1'], resolve: async () => [address] })
    const pool = new Pool(`http://turn.test:${port}`, { ...egress.poolOptions(), pipelining: 0 })
    const call = () => pool.request({ path: '/', method: 'GET', headers: { connection: 'close' } }).then(({ body }) => body.text())
    expect(await call()).toBe('reached')
    address = { address: '127.0.0.2', family: 4 }
    await expect(call()).rejects.toThrow(refusedFor('private_address'))
    expect(hits).toBe(before + 1)
    await pool.close()
  })
})

describe('what the operator allows is reached', () => {
  const call = async (egress: Egress, host: string) => (await egress.request(`http://${host}:${port}/`, BAIT)).body.toString()

  test('by address, by range, by name', async () => {
    expect(await call(open({ allow: ['127.0.0.1'] }), '127.0.0.1')).toBe('reached')
    expect(await call(open({ allow: ['127.0.0.0/8'] }), '127.1')).toBe('reached')
    const named = open({ allow: ['inside.test'], resolve: async () => [LOOPBACK] })
    expect(await call(named, 'inside.test')).toBe('reached')
    expect(await call(named, 'INSIDE.test.')).toBe('reached')
    await expect(call(named, '127.0.0.1')).rejects.toThrow(refusedFor('private_address'))
    await expect(call(named, 'other.test')).rejects.toThrow(refusedFor('private_address'))
  })

  test('an origin of the environment needs no entry, and vouches for no other port, scheme or host', async () => {
    const egress = open({ trustedOrigins: [`http://127.0.0.1:${port}/v1`], resolve: async () => [LOOPBACK] })
    expect(await call(egress, '127.0.0.1')).toBe('reached')
    await expect(egress.check(`http://127.0.0.1:${port + 1}/`)).rejects.toThrow(refusedFor('private_address'))
    await expect(egress.check(`https://127.0.0.1:${port}/`)).rejects.toThrow(refusedFor('private_address'))
    await expect(egress.check(`http://localhost:${port}/`)).rejects.toThrow(refusedFor('private_address'))
    expect(await call(open({ trustedOrigins: [`http://env.test:${port}`], resolve: async () => [LOOPBACK] }), 'env.test')).toBe('reached')
  })

  test('credentials in the address stay refused, even for a trusted origin', async () => {
    await expect(open({ trustedOrigins: [`http://127.0.0.1:${port}`] }).check(`http://a:b@127.0.0.1:${port}/`)).rejects.toThrow(
      refusedFor('credentials_in_url'),
    )
  })

  test('its ports stay refused to users, to the connector too', async () => {
    const egress = open({ allow: ['127.0.0.1'] })
    await expect(egress.check('http://127.0.0.1:6379/')).rejects.toThrow(refusedFor('port'))
    await expect(egress.dispatcher().request({ origin: 'http://127.0.0.1:6379', path: '/', method: 'GET' })).rejects.toThrow(
      refusedFor('port'),
    )
  })

  test('a pool of its own is guarded, and works where it may', async () => {
    const before = hits
    const refusing = new Pool(`http://127.0.0.1:${port}`, { ...open().poolOptions(), connections: 2 })
    await expect(refusing.request({ path: '/', method: 'GET' })).rejects.toThrow(refusedFor('private_address'))
    expect(hits).toBe(before)
    const allowing = new Pool(`http://127.0.0.1:${port}`, {
      ...open({ allow: ['127.0.0.1'] }).poolOptions({ connectTimeoutMs: 5_000 }),
      connections: 2,
    })
    const answers = await Promise.all([1, 2, 3].map(() => allowing.request({ path: '/', method: 'GET' }).then(({ body }) => body.text())))
    expect(answers).toEqual(['reached', 'reached', 'reached'])
    expect(hits).toBe(before + 2)
    await Promise.all([refusing.close(), allowing.close()])
  })
})
