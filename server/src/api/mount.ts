import type { RequestListener, Server } from 'node:http'
import type { Platform } from '../platform/ctx.ts'
import { buildApi } from './app.ts'
import { probeRoutes } from './probes.ts'
import { statusRoutes, type GatewayView } from './status.ts'

/**
 * The whole API, what machines ask included, for a server that the process owns. `handle` answers one request; `close` closes the server
 * too. Requests reach it only from whoever calls `handle`.
 */
export async function mountApi(
  platform: Platform,
  server: Server,
  gateway: GatewayView,
): Promise<{ handle: RequestListener; close: () => Promise<void> }> {
  const api = await buildApi(platform, server, statusRoutes(gateway))
  probeRoutes(api, platform, gateway)
  await api.ready()
  server.removeAllListeners('request')
  return { handle: (request, response) => api.routing(request, response), close: () => api.close() }
}
