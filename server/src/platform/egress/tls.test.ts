import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import type { Server } from 'node:https'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEgress } from './egress.ts'
import type { EgressFailure } from './errors.ts'

const CAPS = { timeoutMs: 10_000, maxBytes: 1000 }
const LOOPBACK = [{ address: '127.0.0.1', family: 4 }]
const failedAs = (code: EgressFailure) => expect.objectContaining({ name: 'EgressFailed', code })

/** A certificate for `named.test`, signed by itself; undefined where openssl is not at hand. */
function makeCertificate(): { key: string; cert: string } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'egress-tls-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  try {
    const subject = ['-subj', '/CN=named.test', '-addext', 'subjectAltName=DNS:named.test']
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-days',
        '2',
        '-keyout',
        key,
        '-out',
        cert,
        ...subject,
      ],
      { stdio: 'ignore' },
    )
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } catch {
    return undefined
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const certificate = makeCertificate()

describe.skipIf(certificate === undefined)('over TLS (openssl makes the certificate)', () => {
  const egress = createEgress({ allow: ['127.0.0.1'], resolve: async () => LOOPBACK })
  const trustedBefore = getCACertificates('default')
  let server: Server
  let port = 0

  beforeAll(async () => {
    server = createServer({ ...certificate, ALPNProtocols: ['h2', 'http/1.1'] }, (request, response) =>
      response.end(`${request.httpVersion} ${request.headers.host}`),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  })
  afterAll(async () => {
    setDefaultCACertificates(trustedBefore)
    await egress.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  test('an unknown issuer is a tls failure', async () => {
    await expect(egress.request(`https://named.test:${port}/`, CAPS)).rejects.toThrow(failedAs('tls'))
  })

  test('the certificate is held against the name, not the address', async () => {
    setDefaultCACertificates([...trustedBefore, certificate?.cert ?? ''])
    expect((await egress.request(`https://named.test:${port}/`, CAPS)).body.toString()).toBe(`1.1 named.test:${port}`)
    await expect(egress.request(`https://other.test:${port}/`, CAPS)).rejects.toThrow(failedAs('tls'))
    await expect(egress.request(`https://127.0.0.1:${port}/`, CAPS)).rejects.toThrow(failedAs('tls'))
  })

  test('a socket that came from elsewhere is judged by the address it really has', async () => {
    setDefaultCACertificates([...trustedBefore, certificate?.cert ?? ''])
    const guarded = createEgress({ allow: [], resolve: async () => [{ address: '8.8.8.8', family: 4 }] })
    const httpSocket = connect(port, '127.0.0.1')
    const outcome = await new Promise<Error | Socket | null>((resolve) => {
      guarded
        .poolOptions()
        .connect({ hostname: 'named.test', host: 'named.test', protocol: 'https:', port: String(port), httpSocket }, (error, socket) =>
          resolve(error ?? socket),
        )
    })
    expect(outcome).toMatchObject({ name: 'EgressRefused', reason: 'private_address' })
    expect(httpSocket.destroyed).toBe(true)
    await guarded.close()
  })
})
