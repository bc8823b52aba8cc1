import type { Metadata } from 'next'
import { getTimeZone, getTranslations } from 'next-intl/server'
import { PageData } from '#lib/api/page-data.tsx'
import { isRangeId } from '#lib/range.ts'
import { DashboardView } from './_parts/dashboard-view.tsx'
import { dashboardQueries } from './_parts/dashboard-queries.ts'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('dashboard'))('title') }
}

export default async function DashboardPage({ searchParams }: { searchParams: Promise<{ range?: string | string[] }> }) {
  const { range: asked } = await searchParams
  const range = isRangeId(asked) ? asked : '24h'
  return (
    <PageData messages={['dashboard', 'providerKeys', 'quota']} queries={dashboardQueries(range, await getTimeZone())}>
      <DashboardView />
    </PageData>
  )
}
