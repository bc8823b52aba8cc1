import { Compass } from 'lucide-react'
import { getTranslations } from 'next-intl/server'
import { Link } from '#i18n/navigation.ts'
import { paths } from '#lib/paths.ts'
import { buttonClass } from '#ui/action/button.tsx'
import { ViewState } from '#ui/state/view-state.tsx'

export default async function NotFound() {
  const t = await getTranslations('notFound')
  const home = (
    <Link href={paths.dashboard()} className={buttonClass()}>
      {t('home')}
    </Link>
  )
  return (
    <main className="flex min-h-dvh items-center justify-center">
      <ViewState icon={Compass} title={t('title')} action={home}>
        {t('body')}
      </ViewState>
    </main>
  )
}
