/**
 * Digest of the one style sheet that the toast library writes into the document without a nonce.
 * Held to the installed version by a test.
 */
export const toastStyleDigest = 'sha256-StEaX+se6YS7pqjzrzMIA0KaX9zF/8zAhvQXZAe5epY='

/** That style sheet is written in two steps, and is empty at first. */
const emptyStyleDigest = 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='

/**
 * The policy of one page. Scripts run by nonce only; style attributes are allowed because they run nothing.
 * `isDev` admits what the development compiler needs.
 */
export function contentSecurityPolicy({ nonce, isDev, isSecure }: { nonce: string; isDev: boolean; isSecure: boolean }): string {
  const directives = [
    `default-src 'self'`,
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${isDev ? " 'unsafe-eval'" : ''}`,
    isDev ? `style-src 'self' 'unsafe-inline'` : `style-src 'self' 'nonce-${nonce}' '${toastStyleDigest}' '${emptyStyleDigest}'`,
    `style-src-attr 'unsafe-inline'`,
    `img-src 'self' data: blob:`,
    `font-src 'self'`,
    `connect-src 'self'`,
    `object-src 'none'`,
    `base-uri 'none'`,
    `form-action 'self'`,
    `frame-ancestors 'none'`,
    ...(isSecure ? ['upgrade-insecure-requests'] : []),
  ]
  return directives.join('; ')
}
