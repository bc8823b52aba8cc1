import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { systemKeys } from '#lib/api/endpoints.ts'
import { PageData } from '#lib/api/page-data.tsx'
import { KeysView } from '../_provider-keys/list/keys-view.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('systemKeys'))('title') }
}

export default function SystemKeysPage() {
  return (
    <PageData messages={['systemKeys', 'providerKeys', 'quota', 'list']} queries={[{ endpoint: systemKeys.list }]}>
      <KeysView kind="system" />
    </PageData>
  )
}
