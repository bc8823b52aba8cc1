/** Every address of the console, without its language. A link is never written anywhere else. */
export const paths = {
  home: () => '/',
  signIn: (returnTo?: string) => withQuery('/sign-in', { return: returnTo }),
  setUp: () => '/setup',
  dashboard: (query: { range?: string } = {}) => withQuery('/dashboard', query),
  systemKeys: (query: { id?: string; panel?: string } = {}) => withQuery('/system-keys', query),
  myKeys: (query: { id?: string; panel?: string } = {}) => withQuery('/my-keys', query),
  agents: (query: { id?: string; panel?: string } = {}) => withQuery('/agents', query),
  /** `for` is whose keys: `me`, `service`, or the id of an agent; a new one is then for them too. */
  accessKeys: (query: { id?: string; panel?: string; for?: string } = {}) => withQuery('/access-keys', query),
  /** `type` and `subject`: whose limits; a new one is then for them too. */
  quotas: (query: { id?: string; panel?: string; type?: string; subject?: string } = {}) => withQuery('/quotas', query),
  groups: (query: { id?: string; panel?: string } = {}) => withQuery('/groups', query),
}

/** Addresses of the console's own server; see app/session. */
export const serverPaths = {
  csrf: '/session/csrf',
  signIn: '/session/callback/password',
  setUp: '/session/callback/setup',
  signOut: '/session/signout',
}

function withQuery(path: string, query: Record<string, string | undefined>): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value) search.set(name, value)
  return search.size > 0 ? `${path}?${search}` : path
}

/** A return path that stays inside the console: absolute paths of this origin only. */
export function safeReturnPath(given: string | null | undefined): string {
  if (!given?.startsWith('/') || given.startsWith('//') || given.includes('\\')) return paths.dashboard()
  const url = new URL(given, 'http://console')
  return url.host === 'console' ? url.pathname + url.search : paths.dashboard()
}
