'use client'

import { Pencil } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Link } from '#i18n/navigation.ts'
import { providerLabel } from '#lib/providers.ts'
import { Button } from '#ui/action/button.tsx'
import { buttonClass } from '#ui/action/button.tsx'
import { Sheet } from '#ui/overlay/sheet.tsx'
import { SubjectName } from '../../_quotas/quota-subject.tsx'
import type { Quota } from '../../_quotas/quota.ts'
import { useQuotaWords } from '../../_quotas/use-quota-words.ts'
import type { QuotaActions } from '../_list/quota-columns.tsx'
import type { Known } from '../_list/use-known.ts'
import { QuotaFacts } from './quota-facts.tsx'
import { QuotaHistory } from './quota-history.tsx'
import { QuotaNotes } from './quota-notes.tsx'
import { QuotaSummary } from './quota-summary.tsx'

type QuotaPanelProps = { quota: Quota; known: Known; actions: QuotaActions; onClose: () => void }

/** Everything about one limit, beside the list: how full it is, what it means for calls, its windows so far. */
export function QuotaPanel({ quota, known, actions, onClose }: QuotaPanelProps) {
  const t = useTranslations('quotas')
  const words = useQuotaWords()
  const { subject_type, subject_name, provider, model } = quota
  const path = known.pathOf(quota)
  const toKey = quota.origin === 'usage_limit' && path && (
    <Link href={path} className={buttonClass()}>
      {t('changeAtKey')}
    </Link>
  )
  const footer = actions.mayChange(quota) ? (
    <>
      <Button tone="ghost" className="mr-auto !text-danger-text hover:!bg-danger-soft" onClick={() => actions.lift(quota)}>
        {t('lift')}
      </Button>
      <Button tone="primary" icon={<Pencil aria-hidden />} onClick={() => actions.edit(quota)}>
        {t('edit')}
      </Button>
    </>
  ) : (
    toKey
  )
  return (
    <Sheet
      isOpen
      title={<SubjectName type={subject_type} name={subject_name} />}
      description={[words.rule(quota), provider && providerLabel(provider), model].filter(Boolean).join(' · ')}
      onClose={onClose}
      footer={footer}
    >
      <div className="flex flex-col gap-7">
        <div className="flex flex-col gap-3">
          <QuotaSummary quota={quota} />
          <QuotaNotes quota={quota} known={known} />
        </div>
        <QuotaHistory quota={quota} known={known} />
        <QuotaFacts quota={quota} known={known} />
      </div>
    </Sheet>
  )
}
