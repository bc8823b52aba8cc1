import { createServer } from 'node:net'

/**
 * Answers the port if it can be listened on, and a free one for 0. Asked before anything that takes long.
 * @param variable the environment variable that changes it, for the message
 * @throws when the port is taken or not allowed
 */
export function claimPort(host: string, port: number, variable: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => reject(new Error(explain(error, host, port, variable))))
    server.listen(port, host, () => {
      const address = server.address()
      const actual = typeof address === 'object' && address !== null ? address.port : port
      server.close(() => resolve(actual))
    })
  })
}

function explain(error: NodeJS.ErrnoException, host: string, port: number, variable: string): string {
  if (error.code === 'EADDRINUSE') return `port ${port} is taken by another program; stop that one, or set ${variable} to a free port`
  if (error.code === 'EACCES') return `port ${port} needs more rights than this user has; set ${variable} to a port above 1023`
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') return `${host} is no address of this machine; set HOST to one`
  return `port ${port} on ${host} cannot be used (${error.message}); set ${variable} or HOST`
}
