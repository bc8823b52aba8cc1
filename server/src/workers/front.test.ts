import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { request, type IncomingMessage, type RequestOptions } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { probePort } from '../listen.ts'
import { createPrivateServer, type PrivateServer } from './api-socket/private-socket.ts'
import { openFront, type Front } from './front.ts'

/** The port of a worker, with a stand-in for the API behind its private socket, and one for the gateway on `/v1`. */
let dataDir: string
let api: PrivateServer
let front: Front
let port: number
const clients: Socket[] = []

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'front-'))
  api = createPrivateServer(dataDir)
  await api.listen()
  port = await probePort('127.0.0.1', 0)
  front = await openFront({
    host: '127.0.0.1',
    port,
    apiSocket: api.path,
    isOurs: (url) => url.startsWith('/v1'),
    handle(req, res) {
      req.resume()
      res.end('from the gateway')
    },
  })
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  front.cut()
  await front.finish()
  api.server.closeAllConnections()
  await new Promise((resolve) => api.server.close(resolve))
  api.remove()
  rmSync(dataDir, { recursive: true, force: true })
})

async function call(options: RequestOptions, body?: string | Buffer): Promise<{ answer: IncomingMessage; body: string }> {
  const sent = request({ port, host: '127.0.0.1', agent: false, ...options })
  sent.end(body)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  return { answer, body: await text(answer) }
}

/** A connection that sends bytes and collects what comes back. */
function dial(): { socket: Socket; received: () => string; closed: Promise<unknown> } {
  const socket = connect(port, '127.0.0.1')
  clients.push(socket)
  let received = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => (received += chunk))
  socket.on('error', () => {})
  return { socket, received: () => received, closed: new Promise((resolve) => socket.once('close', resolve)) }
}

test('the API sees method, path, headers and the address of the client as they came', async () => {
  const seen: { method?: string; url?: string; rawHeaders: string[]; address?: string; port?: number }[] = []
  api.server.on('request', (req, res) => {
    const { remoteAddress, remotePort } = req.socket
    seen.push({ method: req.method, url: req.url, rawHeaders: req.rawHeaders, address: remoteAddress, port: remotePort })
    res.end()
  })
  const { socket, received } = dial()
  socket.write(
    'GET /api/x%20y?a=1&a=2 HTTP/1.1\r\nhOST: console.example:4000\r\nX-Twice: one\r\nx-twice: two\r\nX-Forwarded-For: 10.1.2.3\r\nConnection: keep-alive, x-twice\r\n\r\n',
  )
  await expect.poll(received).toContain('200 OK')
  expect(seen).toEqual([
    {
      method: 'GET',
      url: '/api/x%20y?a=1&a=2',
      rawHeaders: expect.arrayContaining([
        'hOST',
        'console.example:4000',
        'X-Twice',
        'one',
        'x-twice',
        'two',
        'X-Forwarded-For',
        '10.1.2.3',
      ]) as string[],
      address: '127.0.0.1',
      port: socket.localPort,
    },
  ])
})

test('two clients keep their addresses apart, and each of them its own over all its requests', async () => {
  api.server.on('request', (req, res) => res.end(`port ${req.socket.remotePort}`))
  const [one, other] = [dial(), dial()]
  await Promise.all([one, other].map(({ socket }) => once(socket, 'connect')))
  for (let round = 0; round < 3; round++)
    for (const { socket, received } of [one, other]) {
      const before = received().length
      socket.write('GET /api HTTP/1.1\r\nhost: x\r\n\r\n')
      await expect.poll(() => received().slice(before)).toContain(`port ${socket.localPort}`)
    }
})

test('bodies pass both ways whole, with a length and without one', async () => {
  const digest = (body: Buffer) => createHash('sha256').update(body).digest('hex')
  const big = randomBytes(5_000_000)
  api.server.on('request', (req, res) => {
    res.setHeader('x-framing', req.headers['content-length'] ?? req.headers['transfer-encoding'] ?? 'none')
    void buffer(req).then((body) => res.end(body.toString('base64')))
  })
  for (const headers of [{ 'content-length': big.length }, { 'transfer-encoding': 'chunked' }]) {
    const { answer, body } = await call({ method: 'PUT', path: '/api', headers }, big)
    expect(answer.headers['x-framing']).toBe(String(Object.values(headers)[0]))
    expect(digest(Buffer.from(body, 'base64'))).toBe(digest(big))
  }
})

test('no body is made up for a POST that has none', async () => {
  api.server.on('request', (req, res) => res.end(`${req.headers['transfer-encoding']} ${req.headers['content-length']}`))
  const { socket, received } = dial()
  socket.write('POST /api HTTP/1.1\r\nhost: x\r\n\r\n')
  await expect.poll(received).toContain('undefined 0')
})

test('HEAD, 204 and 304 come back without a body, and the connection goes on', async () => {
  api.server.on('request', (req, res) => {
    if (req.method === 'HEAD') res.writeHead(200, { 'content-length': '12345' }).end()
    else res.writeHead(req.url === '/api/204' ? 204 : 304).end()
  })
  const { socket, received } = dial()
  socket.write('HEAD /api HTTP/1.1\r\nhost: x\r\n\r\n')
  await expect.poll(received).toContain('content-length: 12345')
  socket.write('GET /api/204 HTTP/1.1\r\nhost: x\r\n\r\n')
  await expect.poll(received).toContain('204 No Content')
  socket.write('GET /api/304 HTTP/1.1\r\nhost: x\r\n\r\n')
  await expect.poll(received).toContain('304 Not Modified')
})

test('what comes piece by piece is passed on piece by piece, its head before anything of it', async () => {
  let answer: { write(text: string): unknown; end(): unknown } | null = null
  api.server.on('request', (_, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    answer = res
  })
  const { socket, received } = dial()
  socket.write('GET /api/stream HTTP/1.1\r\nhost: x\r\n\r\n')
  await expect.poll(received).toContain('text/event-stream')
  answer!.write('data: one\n\n')
  await expect.poll(received).toContain('data: one')
  answer!.write('data: two\n\n')
  await expect.poll(received).toContain('data: two')
  answer!.end()
})

test('a client of HTTP/1.0 that names no host is served as before, and its connection closed', async () => {
  api.server.on('request', (req, res) => res.write(`host ${req.headers.host}`) && res.end())
  const { socket, received, closed } = dial()
  socket.write('OPTIONS /healthz HTTP/1.0\r\n\r\n')
  await closed
  expect(received()).toContain('host undefined')
  expect(received()).not.toContain('chunked')
})

test('an upload that the API refuses before it has come is refused to the client', async () => {
  api.server.on('request', (_, res) => res.writeHead(413, { connection: 'close' }).end('too large'))
  for (let round = 0; round < 20; round++) {
    const sent = request({ port, host: '127.0.0.1', agent: false, method: 'POST', path: '/api', headers: { 'content-length': 50_000_000 } })
    sent.on('error', () => {})
    sent.write(Buffer.alloc(1_000_000))
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    expect(answer.statusCode).toBe(413)
    expect(answer.headers.connection).toBe('close')
    expect(await text(answer)).toBe('too large')
    sent.destroy()
  }
})

test('what the API does not read of a request is not in the way of the next one', async () => {
  api.server.on('request', (req, res) => res.end(`answered ${req.url};`))
  const { socket, received } = dial()
  socket.write(`POST /api/1 HTTP/1.1\r\nhost: x\r\ncontent-length: 3000000\r\n\r\n${'x'.repeat(1_000_000)}`)
  await expect.poll(received).toContain('answered /api/1;')
  socket.write('x'.repeat(2_000_000))
  socket.write('GET /api/2 HTTP/1.1\r\nhost: x\r\n\r\n')
  await expect.poll(received).toContain('answered /api/2;')
})

test('the API learns that a client left, in the middle of its upload and in the middle of its answer', async () => {
  const left: string[] = []
  api.server.on('request', (req, res) => {
    req.on('close', () => req.complete || left.push('upload'))
    req.on('error', () => {})
    if (req.url === '/api/answer') {
      res.write('begun')
      res.on('close', () => left.push('answer'))
    }
  })
  const upload = dial()
  upload.socket.write('POST /api/upload HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc')
  const answer = dial()
  answer.socket.write('GET /api/answer HTTP/1.1\r\nhost: x\r\n\r\n')
  await expect.poll(answer.received).toContain('begun')
  upload.socket.destroy()
  answer.socket.destroy()
  await expect.poll(() => left.sort()).toEqual(['answer', 'upload'])
})

test('an answer that breaks off at the API breaks off at the client', async () => {
  api.server.on('request', (_, res) => {
    res.write('half of it')
    setImmediate(() => res.destroy())
  })
  const { socket, received, closed } = dial()
  socket.write('GET /api HTTP/1.1\r\nhost: x\r\n\r\n')
  await closed
  expect(received()).toContain('half of it')
  expect(received()).not.toContain('\r\n0\r\n')
})

test('without the API its paths are unavailable, and the gateway goes on', async () => {
  api.server.closeAllConnections()
  await new Promise((resolve) => api.server.close(resolve))
  const { answer, body } = await call({ path: '/api/x' })
  expect(answer.statusCode).toBe(503)
  expect(JSON.parse(body)).toMatchObject({ code: 'unavailable' })
  expect((await call({ path: '/v1/x' })).body).toBe('from the gateway')
})

test('requests for the gateway and for the API take turns on one connection', async () => {
  api.server.on('request', (_, res) => res.end('from the API'))
  const { socket, received } = dial()
  socket.write('GET /api HTTP/1.1\r\nhost: x\r\n\r\nGET /v1 HTTP/1.1\r\nhost: x\r\n\r\nGET /api HTTP/1.1\r\nhost: x\r\n\r\n')
  await expect.poll(() => received().match(/from the (API|gateway)/g)).toEqual(['from the API', 'from the gateway', 'from the API'])
})

const webSocket = 'connection: Upgrade\r\nupgrade: websocket\r\n'

test('a WebSocket is handed to the API for good; where it takes none its answer is passed on', async () => {
  const refused = dial()
  api.server.once('request', (_, res) => res.writeHead(404).end('no such thing'))
  refused.socket.write(`GET /api/nowhere HTTP/1.1\r\nhost: x\r\n${webSocket}\r\n`)
  await refused.closed
  expect(refused.received()).toMatch(/^HTTP\/1.1 404 .*no such thing/s)

  const addresses: unknown[] = []
  let left = 0
  api.server.on('upgrade', (req, socket: Socket, head: Buffer) => {
    addresses.push(req.socket.remotePort)
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nx-key: 1\r\n\r\nhello')
    socket.write(head)
    socket.on('data', (chunk) => socket.write(chunk))
    socket.on('end', () => socket.end())
    socket.on('close', () => left++)
  })
  const { socket, received, closed } = dial()
  socket.write(`GET /api/live HTTP/1.1\r\nhost: x\r\n${webSocket}\r\nearly`)
  await expect.poll(received).toContain('early')
  socket.write(' and late')
  await expect.poll(received).toMatch(/x-key: 1\r\n\r\nhelloearly and late$/)
  expect(addresses).toEqual([socket.localPort])
  socket.destroy()
  await closed
  await expect.poll(() => left).toBe(1)
})

test('a request that offers another upgrade, as Java’s client does, is answered plainly', async () => {
  const { socket, received } = dial()
  const body = '{"a": 1}'
  socket.write(
    `POST /v1/x HTTP/1.1\r\nhost: x\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAEAAE\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  await expect.poll(received).toContain('from the gateway')
})

test('who retires takes no more connections, serves those that are there, and tells each that it is the last time', async () => {
  let answer: { end(text: string): unknown } | null = null
  api.server.on('request', (req, res) => {
    if (req.url === '/api/slow') answer = res
    else res.end('from the API')
  })
  const [idle, slow] = [dial(), dial()]
  idle.socket.write('GET /v1 HTTP/1.1\r\nhost: x\r\n\r\n')
  await expect.poll(idle.received).toMatch(/keep-alive.*from the gateway/s)
  slow.socket.write('GET /api/slow HTTP/1.1\r\nhost: x\r\n\r\n')
  await expect.poll(() => answer).not.toBeNull()

  const gone = front.retire()
  const late = dial()
  await late.closed
  idle.socket.write('GET /api HTTP/1.1\r\nhost: x\r\n\r\n')
  await idle.closed
  expect(idle.received()).toMatch(/connection: close.*from the API/is)
  answer!.end('at last')
  await slow.closed
  expect(slow.received()).toMatch(/connection: close.*at last/is)
  await gone
})

test('the private socket is for this user alone, also where the data folder is too deep for one', async () => {
  expect(statSync(api.path).mode & 0o777).toBe(0o600)
  expect(statSync(dirname(api.path)).mode & 0o777).toBe(0o700)
  const deep = join(dataDir, 'x'.repeat(60), 'y'.repeat(60))
  mkdirSync(deep, { recursive: true })
  const other = createPrivateServer(deep)
  await other.listen()
  expect(other.path.startsWith(tmpdir())).toBe(true)
  expect(statSync(other.path).mode & 0o777).toBe(0o600)
  expect(statSync(dirname(other.path)).mode & 0o777).toBe(0o700)
  await new Promise((resolve) => other.server.close(resolve))
  other.remove()
  expect(statSync(dirname(other.path), { throwIfNoEntry: false })).toBeUndefined()
})

test('a connection to the private socket that does not say whose it is, is closed', async () => {
  const socket = connect(api.path)
  clients.push(socket)
  socket.on('error', () => {})
  socket.write('GET /api HTTP/1.1\r\nhost: x\r\n\r\n')
  await once(socket, 'close')
})
