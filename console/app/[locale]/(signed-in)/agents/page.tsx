import { agents } from '@llm-manager/contract/agents'
import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { PageData } from '#lib/api/page-data.tsx'
import { PageHeader } from '#ui/layout/page.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('agents'))('title') }
}

export default async function AgentsPage() {
  const t = await getTranslations('agents')
  return (
    <PageData messages={['agents', 'list']} queries={[{ endpoint: agents.list, sent: { query: { limit: 200 } } }]}>
      <PageHeader title={t('title')} purpose={t('purpose')} />
    </PageData>
  )
}
