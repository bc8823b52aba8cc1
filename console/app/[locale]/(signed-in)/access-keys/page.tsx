import { accessKeys } from '@llm-manager/contract/access-keys'
import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { PageData } from '#lib/api/page-data.tsx'
import { PageHeader } from '#ui/layout/page.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('accessKeys'))('title') }
}

export default async function AccessKeysPage() {
  const t = await getTranslations('accessKeys')
  return (
    <PageData messages={['accessKeys', 'list']} queries={[{ endpoint: accessKeys.list, sent: { query: { limit: 200 } } }]}>
      <PageHeader title={t('title')} purpose={t('purpose')} />
    </PageData>
  )
}
