import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import { buildApi } from './api/app.ts'
import { probeRoutes } from './api/probes.ts'
import { statusRoutes } from './api/status.ts'
import { prepareInstallation } from './features/sessions/setup.ts'
import { openGateway } from './gateway/gateway.ts'
import { openPlatform } from './open-platform.ts'
import type { Clock } from './platform/clock.ts'
import type { Config } from './platform/config.ts'
import type { Platform } from './platform/ctx.ts'
import type { Log } from './platform/log/log.ts'

/** A connection idles longer here than at the usual load balancer; a client has so long to send its headers. */
const timeouts = { keepAliveTimeout: 75_000, headersTimeout: 15_000, connectionsCheckingInterval: 5_000 }

export type RunningServer = { origin: string; setupToken: string | null; platform: Platform; close: () => Promise<void> }

/**
 * API and gateway on one port, over a database that is there already. Migrates, checks the encryption key, recovers what an earlier
 * life left in its journal, and only then listens. Throws when any of that fails; nothing is left running then.
 */
export async function startServer(config: Config, databaseUrl: string, log: Log, now: Clock): Promise<RunningServer> {
  const undo: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const step of undo.reverse().splice(0)) await step().catch((err: unknown) => log.error({ err }, 'could not stop cleanly'))
  }
  try {
    const { platform, close: closePlatform } = await openPlatform(config, databaseUrl, log, now)
    undo.push(closePlatform)
    const { setupToken } = await prepareInstallation(platform)
    const gateway = await openGateway(platform, { databaseUrl, journalDir: join(config.dataDir, 'journal') })
    undo.push(() => gateway.close())
    const server = createServer(timeouts)
    const api = await buildApi(platform, server, statusRoutes(gateway))
    probeRoutes(api, platform, gateway)
    await api.ready()
    undo.push(() => api.close())
    server.removeAllListeners('request')
    server.on('request', (request, response) => {
      if (!gateway.handle(request, response)) api.routing(request, response)
    })
    const origin = await listen(server, config)
    return { origin, setupToken, platform, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function listen(server: Server, { host, apiPort }: Config): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new Error(`API_PORT ${apiPort} of ${host} cannot be used: ${cause.message}`, { cause })))
    server.listen(apiPort, host, resolve)
  })
  const { port } = server.address() as AddressInfo
  return `http://${host === '0.0.0.0' || host === '::' ? 'localhost' : host}:${port}`
}
