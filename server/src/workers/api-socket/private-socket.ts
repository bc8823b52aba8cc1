import { randomUUID } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adoptPeer } from './peer.ts'

/** The system's limit is 108 (Linux) or 104 (macOS) with the closing zero. */
const socketPathBytesMax = 100

export type PrivateServer = { server: Server; path: string; listen(): Promise<void>; remove(): void }

/**
 * A server for HTTP that only this user's processes reach: on a socket in the data folder, or below the system's folder for passing
 * things where that path is too long. Each connection says first whose it is (`peerLine`) and then looks as if it came from there.
 */
export function createPrivateServer(dataDir: string): PrivateServer {
  const { path, remove } = choosePath(dataDir)
  // Whoever passes requests on keeps a connection as long as its client does, and has been particular about `Host` already.
  const server = createServer({ keepAliveTimeout: 0, requireHostHeader: false })
  const adopt = server.listeners('connection') as ((socket: Socket) => void)[]
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    adoptPeer(socket, (adopted) => {
      lingerOnClose(adopted)
      for (const take of adopt) take.call(server, adopted)
    })
  })
  return {
    server,
    path,
    remove,
    async listen() {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(path, resolve)
      })
      if (process.platform !== 'win32') chmodSync(path, 0o600)
    },
  }
}

/**
 * An answer that ends the connection before all of the request has arrived (413) has to reach the one who still sends: what is sent is read
 * to its end, since closing at once would make the sender fail before it reads.
 */
function lingerOnClose(socket: Socket): void {
  socket.destroySoon = () => {
    socket.end()
    socket.resume()
  }
}

function choosePath(dataDir: string): { path: string; remove: () => void } {
  if (process.platform === 'win32') return { path: `\\\\.\\pipe\\llm-manager-${randomUUID()}`, remove: () => {} }
  const folder = join(dataDir, 'api')
  const path = join(folder, 'api.sock')
  if (Buffer.byteLength(path) < socketPathBytesMax) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    chmodSync(folder, 0o700)
    // Of a life that was killed: the data folder is ours alone.
    rmSync(path, { force: true })
    return { path, remove: () => rmSync(folder, { recursive: true, force: true }) }
  }
  const spare = mkdtempSync(join(tmpdir(), 'llm-manager-'))
  return { path: join(spare, 'api.sock'), remove: () => rmSync(spare, { recursive: true, force: true }) }
}
