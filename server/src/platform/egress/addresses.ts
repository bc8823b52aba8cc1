import ipaddr from 'ipaddr.js'
import type { EgressRefusal } from './errors.ts'

type Address = ReturnType<typeof ipaddr.parse>
type Range = [Address, number]

/** Private addresses and host names that the operator lets users reach. */
export type AllowList = { readonly ranges: readonly Range[]; readonly hosts: ReadonlySet<string> }

/** `public`: anyone may, over TLS. `allowed`: by the operator's word, over plain HTTP too. Otherwise why not. */
export type AddressVerdict = 'public' | 'allowed' | EgressRefusal

/**
 * Where cloud machines hand out credentials: AWS (also ECS, EKS), Google, Azure (wire server, in a public range), Alibaba, Oracle.
 * A range of the allow list does not open them; only the address itself does.
 */
const METADATA = new Set(
  [
    '169.254.169.254',
    '169.254.170.2',
    '169.254.170.23',
    '168.63.129.16',
    '100.100.100.200',
    '192.0.0.192',
    'fd00:ec2::254',
    'fd00:ec2::23',
    'fd20:ce::254',
  ].map((text) => ipaddr.parse(text).toString()),
)

/** All that is assigned for global unicast; the rest of IPv6 embeds IPv4 addresses, is local, or is nobody's. */
const GLOBAL_IPV6: Range = [ipaddr.parse('2000::'), 3]

const REASON_OF_RANGE: Record<string, EgressRefusal> = {
  unspecified: 'unspecified',
  multicast: 'multicast',
  broadcast: 'multicast',
  linkLocal: 'link_local',
  loopback: 'private_address',
  private: 'private_address',
  uniqueLocal: 'private_address',
  carrierGradeNat: 'private_address',
}

/**
 * Reads EGRESS_ALLOW: CIDR ranges, addresses, host names. A host name stands for whatever it resolves to.
 * @throws TypeError with the entries that are none of these
 */
export function readAllowList(entries: readonly string[]): AllowList {
  const ranges: Range[] = []
  const hosts = new Set<string>()
  const wrong: string[] = []
  for (const entry of entries) {
    const text = entry.trim().replace(/^\[(.*)\]$/, '$1')
    const host = hostOfEntry(text)
    if (ipaddr.isValidCIDR(text)) ranges.push(ipaddr.parseCIDR(text))
    else if (ipaddr.isValid(text)) ranges.push(wholeAddress(text))
    else if (host !== undefined) hosts.add(host)
    else wrong.push(JSON.stringify(entry))
  }
  if (wrong.length > 0) throw new TypeError(`EGRESS_ALLOW: not an address range or host name: ${wrong.join(', ')}`)
  return { ranges, hosts }
}

/** Host names are compared in lower case, without the final dot; addresses without brackets. */
export function plainHost(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
}

/** Whether `host` (a name or an address as `plainHost` gives it) may be reached at this address. */
export function judgeAddress(allow: AllowList, host: string, address: string): AddressVerdict {
  if (!ipaddr.isValid(address)) return 'malformed'
  // `process` turns IPv4 in IPv6 clothes (::ffff:127.0.0.1) into IPv4.
  const parsed = ipaddr.process(address)
  const reason = REASON_OF_RANGE[parsed.range()]
  if (reason === 'unspecified' || reason === 'multicast') return reason
  if (METADATA.has(parsed.toString())) return isNamed(allow, parsed) ? 'allowed' : 'metadata'
  if (allow.hosts.has(host) || allow.ranges.some((range) => isWithin(parsed, range))) return 'allowed'
  if (reason !== undefined) return reason
  if (parsed.range() !== 'unicast') return 'reserved_address'
  return parsed.kind() === 'ipv4' || isWithin(parsed, GLOBAL_IPV6) ? 'public' : 'reserved_address'
}

function isNamed(allow: AllowList, address: Address): boolean {
  return allow.ranges.some(([network, bits]) => bits === network.toByteArray().length * 8 && isWithin(address, [network, bits]))
}

function isWithin(address: Address, [network, bits]: Range): boolean {
  return address.kind() === network.kind() && address.match(network, bits)
}

function wholeAddress(text: string): Range {
  const address = ipaddr.process(text)
  return [address, address.toByteArray().length * 8]
}

/** The name as an address in a URL would have it (lower case, punycode); undefined for anything with a port, path or user. */
function hostOfEntry(text: string): string | undefined {
  if (!/^[^\s/:@?#*%[\]]+$/.test(text) || !URL.canParse(`http://${text}`)) return undefined
  return plainHost(new URL(`http://${text}`).hostname)
}
