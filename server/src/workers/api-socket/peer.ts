import type { Socket } from 'node:net'

/** Longer than any address with its port. */
const lineBytesMax = 128

/** Who is at the other end of a client's connection: `<address> <port>` and a line feed, ahead of all HTTP on a private connection. */
export function peerLine({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}\n`
}

/**
 * Reads the line ahead of HTTP from a private connection, which from then on has the client's address for its own; then hands it on.
 * Only for sockets that nobody else can reach: whoever connects is believed.
 */
export function adoptPeer(socket: Socket, handOn: (socket: Socket) => void): void {
  let head = Buffer.alloc(0)
  const onError = () => void socket.destroy()
  const onData = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk])
    const end = head.indexOf('\n')
    if (end === -1 && head.length < lineBytesMax) return
    socket.off('data', onData)
    const [address = '', port, ...more] = end === -1 ? [] : head.toString('latin1', 0, end).split(' ')
    if (port === undefined || more.length > 0) return void socket.destroy()
    socket.pause()
    socket.unshift(head.subarray(end + 1))
    Object.defineProperties(socket, { remoteAddress: { value: address || undefined }, remotePort: { value: Number(port) || undefined } })
    socket.off('error', onError)
    handOn(socket)
    socket.resume()
  }
  socket.on('error', onError)
  socket.on('data', onData)
}
