import { Link2Off } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { ViewState } from '#ui/state/view-state.tsx'

/** The page was opened without the one-time link. */
export function SetUpLinkMissing() {
  const t = useTranslations('setUp')
  return (
    <ViewState icon={Link2Off} title={t('missingTitle')}>
      {t('missingBody')}
    </ViewState>
  )
}
