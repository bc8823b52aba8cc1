import type { ReactNode } from 'react'
import { MessagesScope } from '#lib/i18n/messages-scope.tsx'
import { pickMessages } from '#lib/i18n/pick-messages.ts'
import { PublicFrame } from './_parts/public-frame.tsx'

export default async function PublicLayout({ children }: { children: ReactNode }) {
  return (
    <MessagesScope messages={await pickMessages(['signIn', 'setUp'])}>
      <PublicFrame>{children}</PublicFrame>
    </MessagesScope>
  )
}
