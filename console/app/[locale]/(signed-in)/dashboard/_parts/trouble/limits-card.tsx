'use client'

import { OctagonMinus } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Link } from '#i18n/navigation.ts'
import { QueryView } from '#lib/api/query-view.tsx'
import { quotas } from '#lib/api/endpoints.ts'
import { paths } from '#lib/paths.ts'
import { Card, CardHeader } from '#ui/layout/card.tsx'
import { ViewState } from '#ui/state/view-state.tsx'
import { useWholeList } from '../../../_parts/whole-list.ts'
import { QuotaBar } from '../../../_quotas/quota-bar.tsx'
import { StandingLabel } from '../../../_quotas/quota-standing.tsx'
import { SubjectName } from '../../../_quotas/quota-subject.tsx'
import { fullness } from '../../../_quotas/quota.ts'
import type { Quota } from '../../../_quotas/quota.ts'
import { useQuotaWords } from '../../../_quotas/use-quota-words.ts'
import { LineSkeletons } from './line-skeletons.tsx'

const shownLimits = 5

/** Who is about to hit a limit: the fullest first. */
export function LimitsCard() {
  const t = useTranslations('dashboard.limits')
  const { query, items } = useWholeList(quotas.list, { everyMs: 15_000 })
  const fullest = items.toSorted((a, b) => fullness(b) - fullness(a)).slice(0, shownLimits)
  const all = items.length > 0 && (
    <Link href={paths.quotas()} className="rounded-sm text-xs text-accent-text hover:underline">
      {t('all')}
    </Link>
  )
  return (
    <Card>
      <CardHeader title={t('title')} action={all} />
      <QueryView query={query} size="sm" skeleton={<LineSkeletons />}>
        {() =>
          fullest.length === 0 ? (
            <ViewState icon={OctagonMinus} title={t('noneTitle')} size="sm">
              {t('noneBody')}
            </ViewState>
          ) : (
            <ul className="divide-y">
              {fullest.map((quota) => (
                <LimitLine key={quota.id} quota={quota} />
              ))}
            </ul>
          )
        }
      </QueryView>
    </Card>
  )
}

function LimitLine({ quota }: { quota: Quota }) {
  const t = useTranslations('dashboard.limits')
  const words = useQuotaWords()
  const name = quota.subject_name ?? words.subjectType(quota.subject_type)
  return (
    <li className="flex flex-col gap-1.5 px-4 py-2.5">
      <span className="flex items-baseline justify-between gap-4 text-sm">
        <Link href={paths.quotas({ id: quota.id })} className="min-w-0 truncate rounded-sm font-medium hover:text-accent-text">
          <SubjectName type={quota.subject_type} name={name} />
        </Link>
        <StandingLabel quota={quota} />
      </span>
      <QuotaBar quota={quota} label={t('share', { name })} />
      <span className="text-xs text-muted">{words.use(quota)}</span>
    </li>
  )
}
