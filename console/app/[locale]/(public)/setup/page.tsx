import type { Metadata } from 'next'
import { getTranslations } from 'next-intl/server'
import { SetUpForm } from './_parts/set-up-form.tsx'
import { SetUpLinkMissing } from './_parts/set-up-link-missing.tsx'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('setUp'))('title') }
}

export default async function SetUpPage({ searchParams }: { searchParams: Promise<{ token?: string | string[] }> }) {
  const { token } = await searchParams
  return typeof token === 'string' && token ? <SetUpForm token={token} /> : <SetUpLinkMissing />
}
