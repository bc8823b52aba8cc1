import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import { listen, publicTimeouts } from '../listen.ts'
import { forward } from './api-socket/forward.ts'
import { forwardUpgrade, wantsWebSocket } from './api-socket/upgrade.ts'

export type FrontOptions = {
  host: string
  port: number
  apiSocket: string
  /** Whether a path is the gateway's, which upgrades nothing; all others are the API's. */
  isOurs(url: string): boolean
  handle(req: IncomingMessage, res: ServerResponse): void
}

/** The public port of one worker. */
export type Front = {
  /**
   * Takes no more connections. Those that are there are served on, each until its next answer, which says that it is the last. Resolves when
   * all are gone; those that idle go when their time is over, since a client may be sending on them right now.
   */
  retire(): Promise<void>
  /** The same, without the patience: idle connections are closed at once. */
  finish(): Promise<void>
  /** Cuts whatever is left. */
  cut(): void
}

/** Opens the port, which the workers share: gateway paths are answered here, everything else is passed to the API. */
export async function openFront({ host, port, apiSocket, handle, isOurs }: FrontOptions): Promise<Front> {
  const open = new Set<ServerResponse>()
  let isRetiring = false
  const server = createServer({
    ...publicTimeouts,
    shouldUpgradeCallback: (req) => wantsWebSocket(req) && !isOurs(req.url ?? ''),
  })
  server.on('request', (req, res) => {
    if (isRetiring) res.shouldKeepAlive = false
    open.add(res)
    res.once('close', () => open.delete(res))
    if (isOurs(req.url ?? '')) handle(req, res)
    else forward(apiSocket, req, res)
  })
  server.on('upgrade', (req, socket, head) => forwardUpgrade(apiSocket, req, socket as Socket, head))
  await listen(server, host, port)

  const gone = new Promise<void>((resolve) => server.once('close', resolve))

  function retire(): Promise<void> {
    isRetiring = true
    for (const res of open) if (!res.headersSent) res.shouldKeepAlive = false
    // `close` of HTTP would close idle connections too, under the hands of clients that begin to send.
    if (server.listening) NetServer.prototype.close.call(server)
    return gone
  }

  return {
    retire,
    finish() {
      void retire()
      server.closeIdleConnections()
      return gone
    },
    cut: () => server.closeAllConnections(),
  }
}
