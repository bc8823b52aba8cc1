import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { groups, quotas, tenants } from '#lib/api/endpoints.ts'
import { PageData } from '#lib/api/page-data.tsx'
import type { PageQuery } from '#lib/api/page-data.tsx'
import { findSignedIn } from '#lib/session/console-session.ts'
import { firstPage } from '../_parts/first-page.ts'
import { GroupsView } from './_list/groups-view.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('groups'))('title') }
}

export default async function GroupsPage() {
  const me = (await findSignedIn().catch(() => null))?.me
  const may = (permission: NonNullable<typeof me>['permissions'][number]) => me?.permissions.includes(permission) ?? false
  const queries: PageQuery[] = [{ endpoint: groups.list, sent: firstPage() }]
  if (may('quotas:read')) queries.push({ endpoint: quotas.list, sent: firstPage({ subject_type: 'group' }) })
  if (may('tenants:read')) queries.push({ endpoint: tenants.list, sent: firstPage() })
  return (
    <PageData messages={['groups', 'quota', 'list']} queries={queries}>
      <GroupsView />
    </PageData>
  )
}
