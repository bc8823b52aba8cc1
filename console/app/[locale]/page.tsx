import { getLocale } from 'next-intl/server'
import { redirect } from '#i18n/navigation.ts'
import { paths } from '#lib/paths.ts'

export default async function Home() {
  redirect({ href: paths.dashboard(), locale: await getLocale() })
}
