import { CallFailed, createClient } from '@llm-manager/contract/client'
import type { Call } from '@llm-manager/contract/client'
import { sessions } from '@llm-manager/contract/sessions'
import type { AuthOptions, User } from 'next-auth'
import CredentialsProvider from 'next-auth/providers/credentials'
import { accessTokenOf, forgetAccessToken } from './access-token.ts'
import type { ConsoleConfig } from './console-config.ts'
import { sessionCookieName } from './session-cookie.ts'

type Fields = Record<string, string> | undefined
type Headers = Record<string, unknown> | undefined

/** The API ends sessions; the cookie only has to outlive them. */
const cookieSeconds = 30 * 86_400

/**
 * next-auth as a thin holder of the API's session secret: its callbacks call nobody and rotate nothing, because
 * several pages and calls at once would each run them.
 */
export function authOptions(config: ConsoleConfig): AuthOptions {
  const cookie = { httpOnly: true, sameSite: 'lax' as const, path: '/', secure: config.isSecure }
  const prefix = config.isSecure ? '__Host-' : ''
  return {
    secret: config.sessionSecret,
    useSecureCookies: config.isSecure,
    session: { strategy: 'jwt', maxAge: cookieSeconds },
    cookies: {
      sessionToken: { name: sessionCookieName(config), options: cookie },
      csrfToken: { name: `${prefix}llm-csrf`, options: cookie },
      callbackUrl: { name: `${prefix}llm-callback`, options: cookie },
    },
    pages: { signIn: '/sign-in', signOut: '/sign-in', error: '/sign-in' },
    providers: [
      CredentialsProvider({
        id: 'password',
        credentials: {},
        authorize: (fields, request) => refusing(() => openSession(apiFor(config, request.headers), fields)),
      }),
      CredentialsProvider({
        id: 'setup',
        credentials: {},
        authorize: (fields, request) => refusing(() => setUp(config, request.headers, fields)),
      }),
    ],
    callbacks: {
      jwt: ({ token, user }) => (user && 'secret' in user ? { secret: user.secret } : token),
      session: ({ session }) => ({ expires: session.expires }),
    },
    events: {
      signOut: async ({ token }) => {
        if (typeof token?.secret === 'string') await closeSession(config, token.secret)
      },
    },
    logger: { error: (code) => process.stderr.write(`Sign-in: ${code}\n`), warn: () => {}, debug: () => {} },
  }
}

async function openSession(call: Call, fields: Fields): Promise<User> {
  const { email = '', password = '', otp } = fields ?? {}
  const opened = await call(sessions.openConsoleSession, { body: { email, password, ...(otp && { otp }) } })
  return { id: opened.session_id, secret: opened.session_secret } as User
}

async function setUp(config: ConsoleConfig, headers: Headers, fields: Fields): Promise<User> {
  const { token = '', email = '', name = '', password = '' } = fields ?? {}
  const { access_token } = await apiFor(config, headers)(sessions.setUp, { body: { token, email, name, password } })
  const user = await openSession(apiFor(config, headers), { email, password })
  await apiFor(config, headers, access_token)(sessions.logOut).catch(() => {})
  return user
}

async function closeSession(config: ConsoleConfig, secret: string): Promise<void> {
  try {
    await apiFor(config, undefined, await accessTokenOf({ secret }, config))(sessions.logOut)
  } catch {
    // The cookie goes either way; a session that the API could not be told about ends by itself.
  }
  forgetAccessToken({ secret })
}

/** The API as seen from the browser's place: its address, device and language go along. */
function apiFor(config: ConsoleConfig, headers: Headers, accessToken?: string): Call {
  const passedOn: Record<string, string> = {}
  for (const name of ['x-forwarded-for', 'user-agent', 'accept-language']) {
    const value = headers?.[name]
    if (typeof value === 'string') passedOn[name] = value
  }
  return createClient({ origin: config.apiUrl, retries: 0, headers: () => passedOn, accessToken: () => accessToken ?? null })
}

/** next-auth hands the message of what is thrown to the browser: it carries the API's refusal, and no more than that. */
async function refusing(open: () => Promise<User>): Promise<User> {
  try {
    return await open()
  } catch (failure) {
    if (!(failure instanceof CallFailed)) throw new Error(JSON.stringify({ code: 'internal' }), { cause: failure })
    const { code, message, errors, requestId } = failure
    const body = { code: code === 'unreachable' ? 'unavailable' : code, detail: message, errors, request_id: requestId }
    throw new Error(JSON.stringify(body), { cause: failure })
  }
}
