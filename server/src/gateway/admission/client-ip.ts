import type { IncomingMessage } from 'node:http'
import { isIP, type BlockList } from 'node:net'

/**
 * The address a call comes from. `x-forwarded-for` is believed only as far as trusted proxies wrote it: from the right, the first address
 * that is no trusted proxy.
 */
export function clientIp(req: IncomingMessage, trustedProxies: BlockList | null): string {
  const peer = plainAddress(req.socket.remoteAddress ?? '')
  const forwarded = req.headers['x-forwarded-for']
  if (!trustedProxies || forwarded === undefined || !isListed(trustedProxies, peer)) return peer
  const chain = (typeof forwarded === 'string' ? forwarded : forwarded.join(',')).split(',').map((entry) => plainAddress(entry.trim()))
  const client = chain.findLast((address) => !isListed(trustedProxies, address))
  return client ?? chain[0] ?? peer
}

export function isListed(list: BlockList, address: string): boolean {
  const family = isIP(address)
  return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

/** IPv4 in IPv6 clothes is IPv4. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address
}
