import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { accessKeys, agents, systemKeys, userKeys, users } from '#lib/api/endpoints.ts'
import { PageData } from '#lib/api/page-data.tsx'
import type { PageQuery } from '#lib/api/page-data.tsx'
import { findSignedIn } from '#lib/session/console-session.ts'
import { firstPage } from '../_parts/first-page.ts'
import { AgentsView } from './_list/agents-view.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('agents'))('title') }
}

export default async function AgentsPage() {
  const me = (await findSignedIn().catch(() => null))?.me
  const may = (permission: NonNullable<typeof me>['permissions'][number]) => me?.permissions.includes(permission) ?? false
  const queries: PageQuery[] = [{ endpoint: agents.list, sent: firstPage() }]
  if (may('access_keys:read')) queries.push({ endpoint: accessKeys.list, sent: firstPage() })
  if (may('users:read')) queries.push({ endpoint: users.list, sent: firstPage() })
  if (may('user_keys:read')) queries.push({ endpoint: userKeys.list })
  if (may('system_keys:read') && me?.plan === 'enterprise') queries.push({ endpoint: systemKeys.list })
  return (
    <PageData messages={['agents', 'accessKeys', 'providerKeys', 'quota', 'list']} queries={queries}>
      <AgentsView />
    </PageData>
  )
}
