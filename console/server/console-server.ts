import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { dirname } from 'node:path'
import next from 'next'
import { forwardedFor, forwardToApi } from './api-forward.ts'
import { consoleConfig } from './console-config.ts'
import { securityHeaders } from './security-headers.ts'

/** How long open answers may go on after a stop was asked for. */
const graceMs = 3_000

/** Serves pages and forwards `/api/*` on one port until SIGTERM or SIGINT. Ends the process with a reason if it cannot start. */
export async function startConsole({ isDev }: { isDev: boolean }): Promise<void> {
  const config = consoleConfig()
  prepareEnvironment(isDev, config.publicOrigin ?? `http://localhost:${config.port}`)
  const app = next({ dev: isDev, dir: dirname(import.meta.dirname), hostname: config.host, port: config.port })
  await app.prepare()
  const renderPage = app.getRequestHandler()
  const headers = securityHeaders(config)

  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    if (request.url?.startsWith('/api/')) return void forwardToApi(request, response, config)
    request.headers['x-forwarded-for'] = forwardedFor(request.headers, request.socket.remoteAddress)
    void renderPage(request, response)
  })
  if (isDev) {
    const upgrade = app.getUpgradeHandler()
    server.on('upgrade', (request, socket, head) => void upgrade(request, socket, head))
  }
  await listen(server, config.port, config.host)
  const address = server.address()
  console.log(`Console: http://localhost:${typeof address === 'object' && address ? address.port : config.port}`)

  const stop = () => {
    server.close(() => process.exit(0))
    server.closeIdleConnections()
    setTimeout(() => process.exit(0), graceMs).unref()
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

/** What Next.js and next-auth only take from the environment. */
function prepareEnvironment(isDev: boolean, origin: string): void {
  Object.assign(process.env, {
    NODE_ENV: isDev ? 'development' : 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    NEXTAUTH_URL: `${origin}/session`,
  })
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      console.error(
        error.code === 'EADDRINUSE'
          ? `Port ${port} is taken: choose another with CONSOLE_PORT`
          : `The console cannot listen on ${host}:${port}: ${error.message}`,
      )
      process.exit(1)
    })
    server.listen(port, host, resolve)
  })
}
