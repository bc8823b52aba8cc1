type Known = {
  /** How this console reaches the API. */
  apiUrl: string
  /** Under what people reach this console, where a proxy stands before it. */
  publicOrigin: string | null
  /** What the operator says, which settles it. */
  gatewayOrigin: string | null
}

/**
 * The origin under which applications reach the gateway, for the code that people copy. Where nobody said, it is the API's own; and
 * where this console reaches that over loopback, the same port on the host under which the person reaches this console.
 * @param host the `Host` of the person's request
 */
export function gatewayOriginOf({ apiUrl, publicOrigin, gatewayOrigin }: Known, host: string | null): string {
  if (gatewayOrigin) return gatewayOrigin
  const api = new URL(apiUrl)
  if (!isLoopback(api.hostname)) return api.origin
  const seen = hostnameOf(publicOrigin ?? `http://${host ?? ''}`)
  api.hostname = seen && !isLoopback(seen) ? seen : 'localhost'
  return api.origin
}

function hostnameOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).hostname : null
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
}
