import { createClient } from '@llm-manager/contract/client'
import type { Call } from '@llm-manager/contract/client'
import { sessions } from '@llm-manager/contract/sessions'
import { inject } from 'vitest'
import type { Person } from './people.ts'

/** The API, called beside the browser: to prepare what a page then shows. */
export async function apiAs({ email, password }: Person): Promise<Call> {
  const origin = inject('apiUrl')
  const { access_token } = await createClient({ origin })(sessions.logIn, { body: { email, password } })
  return createClient({ origin, accessToken: () => access_token })
}
