import { getTranslations } from 'next-intl/server'
import { PageHeader } from '#ui/layout/page.tsx'

export default async function DashboardPage() {
  const t = await getTranslations('shell')
  return <PageHeader title={t('pages.dashboard')} purpose="…" />
}
