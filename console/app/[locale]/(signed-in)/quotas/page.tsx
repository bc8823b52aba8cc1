import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { quotas, systemKeys, tenants, userKeys } from '#lib/api/endpoints.ts'
import { PageData } from '#lib/api/page-data.tsx'
import type { PageQuery } from '#lib/api/page-data.tsx'
import { findSignedIn } from '#lib/session/console-session.ts'
import { firstPage } from '../_parts/first-page.ts'
import { QuotasView } from './_list/quotas-view.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('quotas'))('title') }
}

export default async function QuotasPage() {
  const me = (await findSignedIn().catch(() => null))?.me
  const may = (permission: NonNullable<typeof me>['permissions'][number]) => me?.permissions.includes(permission) ?? false
  const queries: PageQuery[] = [{ endpoint: quotas.list, sent: firstPage() }]
  if (may('tenants:read')) queries.push({ endpoint: tenants.list, sent: firstPage() })
  if (may('user_keys:read')) queries.push({ endpoint: userKeys.list })
  if (may('system_keys:read') && me?.plan === 'enterprise') queries.push({ endpoint: systemKeys.list })
  return (
    <PageData messages={['quota', 'quotas', 'list']} queries={queries}>
      <QuotasView />
    </PageData>
  )
}
