import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { userKeys } from '#lib/api/endpoints.ts'
import { PageData } from '#lib/api/page-data.tsx'
import { KeysView } from '../_provider-keys/list/keys-view.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('myKeys'))('title') }
}

export default function MyKeysPage() {
  return (
    <PageData messages={['myKeys', 'providerKeys', 'quota', 'list']} queries={[{ endpoint: userKeys.list }]}>
      <KeysView kind="user" />
    </PageData>
  )
}
