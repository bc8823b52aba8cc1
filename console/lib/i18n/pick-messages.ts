import { getMessages } from 'next-intl/server'
import type { Messages } from 'next-intl'

export type Namespace = keyof Messages

/** The words of some namespaces in the page's language: all that is sent to the browser. */
export async function pickMessages<N extends Namespace>(namespaces: readonly N[]): Promise<Pick<Messages, N>> {
  const messages = await getMessages()
  return Object.fromEntries(namespaces.map((namespace) => [namespace, messages[namespace]])) as Pick<Messages, N>
}
