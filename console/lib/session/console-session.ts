import { CallFailed, createClient } from '@llm-manager/contract/client'
import type { Call } from '@llm-manager/contract/client'
import type { Replied } from '@llm-manager/contract/endpoint'
import { sessions } from '@llm-manager/contract/sessions'
import { getLocale } from 'next-intl/server'
import { cookies, headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { cache } from 'react'
import { accessTokenOf, forgetAccessToken } from '#server/access-token.ts'
import { consoleConfig } from '#server/console-config.ts'
import { csrfTokenOf, openSessionCookie, sessionCookieName } from '#server/session-cookie.ts'
import type { BrowserSession } from '#server/session-cookie.ts'
import { paths } from '../paths.ts'

export type Me = Replied<typeof sessions.me>
export type SignedIn = { me: Me; csrfToken: string }

/** The session of the browser being served, by its cookie alone. */
const browserSession = cache(async (): Promise<BrowserSession | null> => {
  const config = consoleConfig()
  return await openSessionCookie((await cookies()).get(sessionCookieName(config))?.value, config)
})

/** The API, called by this server as the person being served. */
export const serverCall = cache(async (): Promise<Call> => {
  const config = consoleConfig()
  const session = await browserSession()
  const locale = await getLocale()
  return createClient({
    origin: config.apiUrl,
    retries: 0,
    accessToken: () => (session ? accessTokenOf(session, config) : null),
    headers: () => ({ 'accept-language': locale }),
  })
})

/** Who is signed in, as the API says; null when nobody is. Throws `CallFailed` when the API cannot say. */
export const findSignedIn = cache(async (): Promise<SignedIn | null> => {
  const session = await browserSession()
  if (!session) return null
  try {
    const me = await (await serverCall())(sessions.me)
    return { me, csrfToken: csrfTokenOf(session, consoleConfig()) }
  } catch (failure) {
    if (!(failure instanceof CallFailed) || failure.status !== 401) throw failure
    forgetAccessToken(session)
    return null
  }
})

/** Who is signed in; sends anyone else to sign in, and back here afterwards. */
export async function requireSignedIn(): Promise<SignedIn> {
  const signedIn = await findSignedIn()
  if (signedIn) return signedIn
  redirect(`/${await getLocale()}${paths.signIn((await headers()).get('x-page') ?? undefined)}`)
}
