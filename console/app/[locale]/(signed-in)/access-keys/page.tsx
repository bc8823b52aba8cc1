import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { headers } from 'next/headers'
import { accessKeys, agents, users } from '#lib/api/endpoints.ts'
import { PageData } from '#lib/api/page-data.tsx'
import { findSignedIn } from '#lib/session/console-session.ts'
import { consoleConfig } from '#server/console-config.ts'
import { firstPage } from '../_parts/first-page.ts'
import { gatewayOriginOf } from './_code/gateway-origin.ts'
import { KeysView } from './_list/keys-view.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('accessKeys'))('title') }
}

export default async function AccessKeysPage() {
  const permissions = (await findSignedIn().catch(() => null))?.me.permissions ?? []
  const queries = [
    accessKeys.list,
    ...(permissions.includes('agents:read') ? [agents.list] : []),
    ...(permissions.includes('users:read') ? [users.list] : []),
  ]
  return (
    <PageData messages={['accessKeys', 'list']} queries={queries.map((endpoint) => ({ endpoint, sent: firstPage() }))}>
      <KeysView gatewayOrigin={gatewayOriginOf(consoleConfig(), (await headers()).get('host'))} />
    </PageData>
  )
}
