import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server as HttpServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { Pool } from 'undici'
import { createEgress } from './egress.ts'
import type { EgressFailure } from './errors.ts'
import { toEgressError } from './errors.ts'

const egress = createEgress({ allow: ['127.0.0.1'] })
const CAPS = { timeoutMs: 10_000, maxBytes: 1000 }
const failedAs = (code: EgressFailure) => expect.objectContaining({ name: 'EgressFailed', code })
const REDIRECT = expect.objectContaining({ name: 'EgressRefused', reason: 'redirect' })

const servers: Server[] = []
const sockets = new Set<Socket>()

async function listen(server: Server | HttpServer): Promise<string> {
  servers.push(server)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const serve = async (listener: RequestListener): Promise<string> => `http://${await listen(createServer(listener))}/v1?q=1`
const serveRaw = async (onSocket: (socket: Socket) => void): Promise<string> => `http://${await listen(createTcpServer(onSocket))}/`

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
})
afterAll(() => egress.close())

describe('a call', () => {
  test('sends method, headers and body, and gives back status, headers and bytes', async () => {
    const url = await serve((request, response) => {
      void bodyOf(request).then((body) =>
        response.writeHead(404, { 'x-a': 'b' }).end(JSON.stringify([request.method, request.url, request.headers['x-key'], body])),
      )
    })
    const answer = await egress.request(url, {
      ...CAPS,
      method: 'POST',
      headers: { 'x-key': 'k', 'content-type': 'text/plain' },
      body: 'hello',
    })
    expect(answer.status).toBe(404)
    expect(answer.headers['x-a']).toBe('b')
    expect(JSON.parse(answer.body.toString())).toEqual(['POST', '/v1?q=1', 'k', 'hello'])
  })

  test('asks for no compression and keeps its own host', async () => {
    const url = await serve((request, response) => response.end(JSON.stringify([request.headers['accept-encoding'], request.headers.host])))
    const answer = await egress.request(url, { ...CAPS, headers: { Host: 'evil.test', 'Accept-Encoding': 'gzip, br' } })
    expect(JSON.parse(answer.body.toString())).toEqual(['identity', new URL(url).host])
  })

  test('takes no part in a compression bomb: compressed bytes come back as they came', async () => {
    const bomb = gzipSync(Buffer.alloc(500_000))
    const url = await serve((_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))
    expect((await egress.request(url, CAPS)).body).toEqual(bomb)
  })

  test('reads no proxy variable', async () => {
    let proxied = 0
    const proxy = await listen(createTcpServer(() => (proxied += 1)))
    const url = await serve((_request, response) => response.end('direct'))
    const names = ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY']
    const before = names.map((name) => process.env[name])
    try {
      for (const name of names) process.env[name] = name.startsWith('NODE') ? '1' : `http://${proxy}`
      const fresh = createEgress({ allow: ['127.0.0.1'] })
      expect((await fresh.request(url, CAPS)).body.toString()).toBe('direct')
      await fresh.close()
    } finally {
      for (const [index, name] of names.entries()) {
        if (before[index] === undefined) delete process.env[name]
        else process.env[name] = before[index]
      }
    }
    expect(proxied).toBe(0)
  })
})

describe('a redirect is refused and not followed', () => {
  test.each([300, 301, 302, 303, 307, 308])('%i', async (status) => {
    let followed = 0
    const target = await serve((_request, response) => {
      followed += 1
      response.end()
    })
    const url = await serve((_request, response) => response.writeHead(status, { location: target }).end('x'.repeat(100_000)))
    for (const method of ['GET', 'POST'] as const) {
      await expect(egress.request(url, { ...CAPS, method, headers: { 'x-api-key': 'k' } })).rejects.toThrow(REDIRECT)
    }
    expect(followed).toBe(0)
  })
})

describe('an answer is bounded', () => {
  test('in size, as announced', async () => {
    const url = await serve((_request, response) => response.writeHead(200, { 'content-length': 1001 }).end('x'.repeat(1001)))
    await expect(egress.request(url, CAPS)).rejects.toThrow(failedAs('too_large'))
  })

  test('in size, without end and unannounced', async () => {
    const url = await serve((_request, response) => {
      const pour = (): void => {
        while (!response.destroyed && response.write('x'.repeat(300))) continue
      }
      response.on('drain', pour)
      pour()
    })
    await expect(egress.request(url, CAPS)).rejects.toThrow(failedAs('too_large'))
  })

  test('in the size of its headers', async () => {
    const url = await serveRaw((socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`))
    await expect(egress.request(url, CAPS)).rejects.toThrow(failedAs('too_large'))
  })

  test('exactly at the limit passes, and HEAD may announce more', async () => {
    const url = await serve((request, response) =>
      response.writeHead(200, { 'content-length': request.method === 'HEAD' ? 5000 : 1000 }).end('x'.repeat(1000)),
    )
    expect((await egress.request(url, CAPS)).body).toHaveLength(1000)
    expect((await egress.request(url, { ...CAPS, method: 'HEAD' })).body).toHaveLength(0)
  })

  test('in time when nothing comes', async () => {
    const url = await serve(() => {})
    await expect(egress.request(url, { ...CAPS, timeoutMs: 200 })).rejects.toThrow(failedAs('timeout'))
  })

  test('in time when bytes keep trickling', async () => {
    const url = await serve((_request, response) => {
      const timer = setInterval(() => response.write('x'), 20)
      response.on('close', () => clearInterval(timer))
    })
    await expect(egress.request(url, { ...CAPS, timeoutMs: 300 })).rejects.toThrow(failedAs('timeout'))
  })

  test('in time when the name lookup hangs', async () => {
    const hanging = createEgress({ allow: [], resolve: () => new Promise(() => {}) })
    await expect(hanging.request('https://slow.test/', { ...CAPS, timeoutMs: 200 })).rejects.toThrow(failedAs('timeout'))
    await hanging.close()
  })
})

describe('failures are told apart', () => {
  test('a port where nobody listens: connect', async () => {
    const address = await listen(createTcpServer())
    await new Promise((resolve) => servers.pop()?.close(resolve))
    await expect(egress.request(`http://${address}/`, CAPS)).rejects.toThrow(failedAs('connect'))
  })

  test('several addresses where nobody listens: connect', async () => {
    const port = (await listen(createTcpServer())).split(':')[1]
    await new Promise((resolve) => servers.pop()?.close(resolve))
    const addresses = ['127.0.0.2', '127.0.0.3'].map((address) => ({ address, family: 4 }))
    const twofold = createEgress({ allow: ['two.test'], resolve: async () => addresses })
    await expect(twofold.request(`http://two.test:${port}/`, CAPS)).rejects.toThrow(failedAs('connect'))
    await twofold.close()
  })

  test('a name that does not exist: dns', async () => {
    await expect(egress.request('https://nothing.invalid/', CAPS)).rejects.toThrow(failedAs('dns'))
  })

  test('a connection closed before the answer: reset', async () => {
    const url = await serveRaw((socket) => socket.once('data', () => socket.destroy()))
    await expect(egress.request(url, { ...CAPS, method: 'POST', body: 'x' })).rejects.toThrow(failedAs('reset'))
  })

  test('a connection reset in the middle of the answer: reset', async () => {
    const url = await serveRaw((socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc', () => socket.resetAndDestroy())),
    )
    await expect(egress.request(url, CAPS)).rejects.toThrow(failedAs('reset'))
  })

  test('an answer shorter than announced: reset', async () => {
    const url = await serveRaw((socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc')))
    await expect(egress.request(url, CAPS)).rejects.toThrow(failedAs('reset'))
  })

  test('an answer that is no HTTP: protocol', async () => {
    const url = await serveRaw((socket) => socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.9\r\n')))
    await expect(egress.request(url, CAPS)).rejects.toThrow(failedAs('protocol'))
  })

  test('no TLS where it was asked for: tls', async () => {
    const url = await serve((_request, response) => response.end())
    await expect(egress.request(url.replace('http:', 'https:'), CAPS)).rejects.toThrow(failedAs('tls'))
  })

  test('a call that the caller gives up ends with the caller’s reason', async () => {
    const url = await serve(() => {})
    const reason = new Error('enough')
    await expect(egress.request(url, { ...CAPS, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const controller = new AbortController()
    const call = egress.request(url, { ...CAPS, signal: controller.signal })
    controller.abort(reason)
    await expect(call).rejects.toBe(reason)
  })

  test('a fault of ours stays what it is', async () => {
    const url = await serve((_request, response) => response.end())
    await expect(egress.request(url, { ...CAPS, headers: { 'x-a': 'line\r\nbreak' } })).rejects.toThrow(
      expect.objectContaining({ code: 'UND_ERR_INVALID_ARG' }),
    )
    const fault = new RangeError('x')
    expect(toEgressError(fault, 'h')).toBe(fault)
    expect(toEgressError('text', 'h')).toBe('text')
  })

  test('what a pool throws is told apart the same way', async () => {
    const url = await serveRaw((socket) => socket.once('data', () => socket.destroy()))
    const pool = new Pool(new URL(url).origin, egress.poolOptions())
    const error = await pool.request({ path: '/', method: 'POST', body: 'x' }).catch((caught: unknown) => toEgressError(caught, 'h'))
    expect(error).toEqual(failedAs('reset'))
    await pool.close()
  })

  test('no failure quotes the path, the query or a header', async () => {
    const url = await serveRaw((socket) => socket.once('data', () => socket.destroy()))
    const asked = egress.request(`${url}path?key=sk-canary`, { ...CAPS, headers: { authorization: 'Bearer sk-canary' } })
    const told = await asked.then(JSON.stringify, (error: Error) => error.toString())
    expect(told).toBe('EgressFailed: no answer from 127.0.0.1: reset')
  })
})
