import { createServer, type AddressInfo, type Server } from 'node:net'

/** A connection idles longer here than at the usual load balancer; a client has so long to send its headers. */
export const publicTimeouts = { keepAliveTimeout: 75_000, headersTimeout: 15_000, connectionsCheckingInterval: 5_000 }

/** Opens the public port and answers its number; throws naming `API_PORT` when it cannot be used. */
export async function listen(server: Server, host: string, apiPort: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: Error) => reject(new Error(`API_PORT ${apiPort} of ${host} cannot be used: ${cause.message}`, { cause })))
    server.listen(apiPort, host, resolve)
  })
  return (server.address() as AddressInfo).port
}

/** The number of a port that can be listened on: a free one for 0. Throws like `listen`. */
export async function probePort(host: string, apiPort: number): Promise<number> {
  const probe = createServer()
  const port = await listen(probe, host, apiPort)
  await new Promise((resolve) => probe.close(resolve))
  return port
}

/** How a program on this machine reaches the port. */
export function originOf(host: string, port: number): string {
  return `http://${host === '0.0.0.0' || host === '::' ? 'localhost' : host}:${port}`
}
