import { chmodSync, chownSync, mkdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

/** Where PostgreSQL listens: a private socket in a folder, or a port of this machine's loopback. */
export type Endpoint = { kind: 'socket'; folder: string; port: number } | { kind: 'tcp'; port: number }

const SOCKET_PORT = 5432
/** The system's limit is 108 (Linux) or 104 (macOS) with the closing zero; PostgreSQL adds `.lock` for its own file, which has no limit. */
const MAX_SOCKET_PATH = 100

/**
 * Chooses the private socket in `<dataDir>/run` where a socket can be made, else a free loopback port.
 * @param owner user that must own the socket's folder, null = ourselves
 */
export async function chooseEndpoint(dataDir: string, owner: number | null): Promise<Endpoint> {
  const folder = join(dataDir, 'run')
  if (process.platform !== 'win32' && Buffer.byteLength(join(folder, `.s.PGSQL.${SOCKET_PORT}`)) < MAX_SOCKET_PATH) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    chmodSync(folder, 0o700)
    if (owner !== null) chownSync(folder, owner, owner)
    if (await canListen(join(folder, 'probe'))) return { kind: 'socket', folder, port: SOCKET_PORT }
  }
  return { kind: 'tcp', port: await findFreePort() }
}

/** The `-c` settings by which PostgreSQL listens there and nowhere else. */
export function listenSettings(endpoint: Endpoint): Record<string, string> {
  return endpoint.kind === 'socket'
    ? {
        listen_addresses: '',
        unix_socket_directories: quoteFolder(endpoint.folder),
        unix_socket_permissions: '0700',
        port: String(endpoint.port),
      }
    : { listen_addresses: '127.0.0.1', unix_socket_directories: '', port: String(endpoint.port) }
}

/** A connection string for `database`, as libpq, `pg` and `URL` all read it (`host` in the query wins). It holds the password. */
export function connectionUrl(endpoint: Endpoint, user: string, password: string, database: string): string {
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`
  return endpoint.kind === 'socket'
    ? `postgresql://${login}@localhost/${database}?host=${encodeURIComponent(endpoint.folder)}&port=${endpoint.port}`
    : `postgresql://${login}@127.0.0.1:${endpoint.port}/${database}`
}

/** The setting is a list; a folder with commas or spaces is one entry when quoted. */
function quoteFolder(folder: string): string {
  return `"${folder.replaceAll('"', '""')}"`
}

function canListen(path: string): Promise<boolean> {
  rmSync(path, { force: true })
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(path, () => server.close(() => resolve(true)))
  })
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no free port'))))
    })
  })
}
