import * as z from 'zod/mini'
import { Email, Id, idParams, listOf, Locale, Name, NewPassword, page, Time } from './common.ts'
import { endpoint } from './endpoint.ts'
import { permissions, roleNames } from './permissions.ts'

/** The signed-in person, as sign-in and `me` show them. */
export const Me = z.strictObject({
  id: Id,
  email: z.string(),
  name: z.string(),
  tenant_id: Id,
  tenant_name: z.string(),
  plan: z.enum(['free', 'pro', 'enterprise']),
  roles: z.array(z.enum(roleNames)),
  permissions: z.array(z.enum(permissions)),
  locale: Locale,
})

const Credentials = z.strictObject({
  email: z.string().check(z.maxLength(254)),
  password: z.string().check(z.maxLength(256)),
  otp: z.optional(z.string().check(z.maxLength(16))),
})

const AccessToken = { access_token: z.string(), token_type: z.literal('Bearer'), expires_in: z.int() }
const Tokens = z.strictObject({ ...AccessToken, refresh_token: z.string() })
const SignedIn = z.strictObject({ ...AccessToken, refresh_token: z.string(), user: Me })
/** What a server that keeps a browser's session holds: an opaque secret, exchanged for short access tokens, never rotated. */
const ConsoleSession = z.strictObject({ session_id: Id, session_secret: z.string(), user: Me })

export const Session = z.strictObject({
  id: Id,
  kind: z.enum(['api', 'console']),
  user_agent: z.nullable(z.string()),
  ip: z.nullable(z.string()),
  created_at: Time,
  last_seen_at: Time,
  expires_at: Time,
  current: z.boolean(),
})

const credentials = { email: 'ana@example.com', password: 'correct horse battery' }

export const sessions = {
  logIn: endpoint({
    method: 'POST',
    path: '/api/auth/login',
    access: 'public',
    summary: 'Sign in with e-mail and password',
    body: Credentials,
    reply: SignedIn,
    fails: ['invalid_credentials', 'otp_required'],
    example: { body: credentials },
  }),
  openConsoleSession: endpoint({
    method: 'POST',
    path: '/api/auth/session',
    access: 'public',
    summary: 'Sign in on behalf of a browser: an opaque session secret instead of tokens',
    body: Credentials,
    status: 201,
    reply: ConsoleSession,
    fails: ['invalid_credentials', 'otp_required'],
    example: { body: credentials },
  }),
  exchangeConsoleSession: endpoint({
    method: 'POST',
    path: '/api/auth/session/token',
    access: 'public',
    summary: 'A short access token for a session secret',
    body: z.strictObject({ session_secret: z.string().check(z.maxLength(200)) }),
    reply: z.strictObject(AccessToken),
    fails: ['unauthenticated'],
    example: { body: { session_secret: 'ls_…' } },
  }),
  refresh: endpoint({
    method: 'POST',
    path: '/api/auth/refresh',
    access: 'public',
    summary: 'A new pair of tokens for a refresh token',
    body: z.strictObject({ refresh_token: z.string().check(z.maxLength(200)) }),
    reply: Tokens,
    fails: ['unauthenticated'],
    example: { body: { refresh_token: 'lr_…' } },
  }),
  logOut: endpoint({
    method: 'POST',
    path: '/api/auth/logout',
    access: 'signed_in',
    summary: 'End this session',
    status: 204,
    reply: z.undefined(),
    example: {},
  }),
  me: endpoint({ method: 'GET', path: '/api/auth/me', access: 'signed_in', summary: 'Who is signed in', reply: Me, example: {} }),
  list: endpoint({
    method: 'GET',
    path: '/api/auth/sessions',
    access: 'signed_in',
    summary: "The caller's open sessions",
    query: z.strictObject(page),
    reply: listOf(Session),
    example: {},
  }),
  revoke: endpoint({
    method: 'DELETE',
    path: '/api/auth/sessions/{id}',
    access: 'signed_in',
    summary: "End one of the caller's sessions",
    params: idParams,
    status: 204,
    reply: z.undefined(),
    fails: ['not_found'],
    example: { params: { id: '01890000-0000-7000-8000-000000000000' } },
  }),
  setUp: endpoint({
    method: 'POST',
    path: '/api/setup',
    access: 'public',
    summary: 'Create the first platform administrator with the one-time set-up link',
    body: z.strictObject({ token: z.string().check(z.maxLength(200)), email: Email, name: Name, password: NewPassword }),
    status: 201,
    reply: SignedIn,
    fails: ['unauthenticated', 'conflict'],
    example: { body: { token: 'lu_…', name: 'Ana', ...credentials } },
  }),
}
