import { Compass } from 'lucide-react'
import { getTranslations } from 'next-intl/server'
import { Link } from '#i18n/navigation.ts'
import { paths } from '#lib/paths.ts'
import { buttonClass } from '#ui/action/button.tsx'
import { Card } from '#ui/layout/card.tsx'
import { ViewState } from '#ui/state/view-state.tsx'

/** An address that no page has, with the navigation still around it. */
export default async function NotFound() {
  const t = await getTranslations('notFound')
  const home = (
    <Link href={paths.dashboard()} className={buttonClass()}>
      {t('home')}
    </Link>
  )
  return (
    <Card>
      <ViewState icon={Compass} title={t('title')} action={home}>
        {t('body')}
      </ViewState>
    </Card>
  )
}
