import { CallFailed } from '@llm-manager/contract/client'
import type { ErrorBody } from '@llm-manager/contract/errors'
import { serverPaths } from '../paths.ts'

export type Credentials = { email: string; password: string; otp?: string }
export type SetUp = { token: string; email: string; name: string; password: string }

/** Opens a session for this browser. Throws the API's `CallFailed`. */
export async function signIn(credentials: Credentials, locale: string): Promise<void> {
  await post(serverPaths.signIn, credentials, locale)
}

/** Creates the first administrator by the one-time link, and signs in as them. Throws the API's `CallFailed`. */
export async function setUp(form: SetUp, locale: string): Promise<void> {
  await post(serverPaths.setUp, form, locale)
}

/** Ends this browser's session, here and at the API. */
export async function signOut(locale: string): Promise<void> {
  await post(serverPaths.signOut, {}, locale)
}

async function post(path: string, fields: Record<string, string | undefined>, locale: string): Promise<void> {
  let answer: Response
  try {
    const { csrfToken } = (await (await fetch(serverPaths.csrf)).json()) as { csrfToken: string }
    answer = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-language': locale },
      body: JSON.stringify({ ...fields, csrfToken, json: 'true' }),
    })
  } catch (cause) {
    throw new CallFailed(0, {}, cause)
  }
  const failure = await failureIn(answer)
  if (failure) throw new CallFailed(answer.status, failure)
}

/** next-auth answers with an address to go to; a refusal is in its query, as server/auth-options.ts wrote it. */
async function failureIn(answer: Response): Promise<Partial<ErrorBody> | null> {
  const { url } = (await answer.json().catch(() => ({}))) as { url?: string }
  const query = url && URL.canParse(url) ? new URL(url).searchParams : new URLSearchParams()
  const error = query.get('error')
  if (!error) return answer.ok && !query.has('csrf') ? null : {}
  try {
    return JSON.parse(error) as Partial<ErrorBody>
  } catch {
    return {}
  }
}
