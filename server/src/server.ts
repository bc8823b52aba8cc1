import { createServer } from 'node:http'
import { join } from 'node:path'
import { register } from 'prom-client'
import { mountApi } from './api/mount.ts'
import type { GatewayView } from './api/status.ts'
import { prepareInstallation } from './features/sessions/setup.ts'
import { isGatewayPath } from './gateway/admission/endpoints.ts'
import { openGateway, type Gateway } from './gateway/gateway.ts'
import { listen, originOf, publicTimeouts } from './listen.ts'
import { openPlatform } from './open-platform.ts'
import type { Clock } from './platform/time/clock.ts'
import type { Config } from './platform/config.ts'
import type { Platform } from './platform/ctx.ts'
import { watchFreshness } from './platform/freshness.ts'
import type { Log } from './platform/log/log.ts'

export type RunningServer = {
  origin: string
  setupToken: string | null
  platform: Platform
  close: () => Promise<void>
  /** Starts the gateway's processes again, one after the other, without a pause. Rejects when that is not possible. */
  roll: () => Promise<void>
}

/**
 * API and gateway on one port, over a database that is there already. Migrates, checks the encryption key, recovers what an earlier
 * life left in its journal, and only then listens. Throws when any of that fails; nothing is left running then.
 * `onMustEnd` is told when the gateway cannot go on; then the server is to be closed.
 */
export async function startServer(
  config: Config,
  databaseUrl: string,
  log: Log,
  now: Clock,
  onMustEnd: (reason: Error) => void = () => {},
): Promise<RunningServer> {
  const undo: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const step of undo.reverse().splice(0)) await step().catch((err: unknown) => log.error({ err }, 'could not stop cleanly'))
  }
  try {
    const { platform, close: closePlatform } = await openPlatform(config, databaseUrl, log, now)
    undo.push(closePlatform)
    const { setupToken } = await prepareInstallation(platform)
    const gateway = await openGateway(platform, {
      databaseUrl,
      journalDir: join(config.dataDir, 'journal'),
      onMustEnd: () => onMustEnd(new Error('another process has taken over its limits')),
    })
    undo.push(() => gateway.close())
    const server = createServer(publicTimeouts)
    const api = await mountApi(platform, server, viewOf(gateway))
    undo.push(api.close)
    const freshness = watchFreshness(platform.bus)
    undo.push(async () => freshness.close())
    server.on('request', (request, response) => {
      if (isGatewayPath(request.url ?? '')) freshness.act(() => void gateway.handle(request, response))
      else api.handle(request, response)
    })
    const port = await listen(server, config.host, config.apiPort)
    return { origin: originOf(config.host, port), setupToken, platform, close, roll }
  } catch (error) {
    await close()
    throw error
  }
}

function viewOf(gateway: Gateway): GatewayView {
  return {
    status: async () => gateway.status(),
    metrics: () => register.metrics(),
  }
}

async function roll(): Promise<never> {
  throw new Error('There is one process, which cannot be replaced while it serves: set GATEWAY_WORKERS to 2 or more.')
}
