import createMiddleware from 'next-intl/middleware'
import { NextRequest, NextResponse } from 'next/server'
import { routing } from './i18n/routing.ts'
import { paths } from './lib/paths.ts'
import { consoleConfig } from './server/console-config.ts'
import { contentSecurityPolicy } from './server/content-security-policy.ts'
import { sessionCookieName } from './server/session-cookie.ts'

const chooseLocale = createMiddleware(routing)
const publicPages: readonly string[] = [paths.signIn(), paths.setUp()]

/**
 * Before a page: picks its language, sends whoever has no session cookie to sign in, and gives the page its
 * nonce and policy. Whether the session still holds is for the API to say, when the page asks it.
 */
export function proxy(request: NextRequest): NextResponse {
  const config = consoleConfig()
  const signInUrl = urlOfSignIn(request, config.isSecure)
  if (signInUrl) return NextResponse.redirect(signInUrl)
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64')
  const policy = contentSecurityPolicy({ nonce, isDev: process.env.NODE_ENV === 'development', isSecure: config.isSecure })
  const headers = new Headers(request.headers)
  headers.set('x-nonce', nonce)
  headers.set('content-security-policy', policy)
  headers.set('x-page', pageOf(request) ?? '/')
  const response = chooseLocale(new NextRequest(request, { headers }))
  response.headers.set('content-security-policy', policy)
  return response
}

export const config = { matcher: ['/((?!api/|session/|_next/|.*\\..*).*)'] }

/** Null when the page is public, has no language yet, or the browser has a session cookie. */
function urlOfSignIn(request: NextRequest, isSecure: boolean): URL | null {
  const page = pageOf(request)
  const locale = localeOf(request)
  if (!page || !locale || publicPages.includes(page.split('?')[0] ?? '') || request.cookies.has(sessionCookieName({ isSecure })))
    return null
  return new URL(`/${locale}${paths.signIn(page === '/' ? undefined : page)}`, request.url)
}

function localeOf({ nextUrl: { pathname } }: NextRequest): string | undefined {
  return routing.locales.find((known) => pathname === `/${known}` || pathname.startsWith(`/${known}/`))
}

/** Path and query without the language; null when there is no language in the path. */
function pageOf(request: NextRequest): string | null {
  const locale = localeOf(request)
  return locale ? (request.nextUrl.pathname.slice(locale.length + 1) || '/') + request.nextUrl.search : null
}
