import type { ReactNode } from 'react'
import { CallFailed } from '@llm-manager/contract/client'
import { ApiProvider } from '#lib/api/api-provider.tsx'
import { MessagesScope } from '#lib/i18n/messages-scope.tsx'
import { pickMessages } from '#lib/i18n/pick-messages.ts'
import { requireSignedIn } from '#lib/session/console-session.ts'
import type { SignedIn } from '#lib/session/console-session.ts'
import { MeProvider } from '#lib/session/me-context.tsx'
import { AppShell } from './_shell/app-shell.tsx'
import { ApiUnreachable } from './_shell/api-unreachable.tsx'

export default async function SignedInLayout({ children }: { children: ReactNode }) {
  let signedIn: SignedIn
  try {
    signedIn = await requireSignedIn()
  } catch (failure) {
    if (failure instanceof CallFailed) return <ApiUnreachable requestId={failure.requestId} />
    throw failure
  }
  return (
    <MessagesScope messages={await pickMessages(['shell'])}>
      <ApiProvider csrfToken={signedIn.csrfToken}>
        <MeProvider me={signedIn.me}>
          <AppShell me={signedIn.me}>{children}</AppShell>
        </MeProvider>
      </ApiProvider>
    </MessagesScope>
  )
}
