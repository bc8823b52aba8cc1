'use client'

import { Plus } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Link } from '#i18n/navigation.ts'
import { quotas } from '#lib/api/endpoints.ts'
import { paths } from '#lib/paths.ts'
import { providerLabel } from '#lib/providers.ts'
import { useMe } from '#lib/session/me-context.tsx'
import { buttonClass } from '#ui/action/button.tsx'
import { useWholeList } from '../_parts/whole-list.ts'
import { QuotaBar } from './quota-bar.tsx'
import { StandingLabel } from './quota-standing.tsx'
import { byPlace, fullness } from './quota.ts'
import type { Quota, SubjectType } from './quota.ts'
import { useQuotaWords } from './use-quota-words.ts'

const shownMax = 4

type SubjectQuotasProps = {
  type: Exclude<SubjectType, 'tenant' | 'user'>
  id: string
  /** Where they are there already. */
  known?: readonly Quota[]
}

/** The limits on one thing, where that thing is shown: each with its bar, and a way to set another. What a key shows of itself is left out. */
export function SubjectQuotas({ type, id, known }: SubjectQuotasProps) {
  const t = useTranslations('quota')
  const { permissions } = useMe()
  const mayRead = permissions.includes('quotas:read')
  const asked = useWholeList(quotas.list, {
    query: { subject_type: type, subject_id: id },
    everyMs: 15_000,
    isEnabled: mayRead && known === undefined,
  })
  if (!mayRead || (known === undefined && asked.query.isPending)) return null
  const limits = (known ?? asked.items).filter(({ origin }) => origin === 'quota').toSorted(byPlace)
  const mayCreate = permissions.includes('quotas:write')
  if (limits.length === 0 && !mayCreate) return null
  const fullest = limits.toSorted((a, b) => fullness(b) - fullness(a)).slice(0, shownMax)
  return (
    <section className="flex flex-col gap-3">
      <header className="flex items-center justify-between gap-3">
        <h3 className="text-sm font-semibold">{t('title')}</h3>
        {mayCreate && (
          <Link href={paths.quotas({ panel: 'new', type, subject: id })} className={buttonClass({ size: 'sm' })}>
            <Plus aria-hidden /> {t('create')}
          </Link>
        )}
      </header>
      {limits.length === 0 ? (
        <p className="text-sm text-muted">{t(`none.${type}`)}</p>
      ) : (
        <ul className="flex flex-col divide-y rounded-lg border">
          {fullest.map((quota) => (
            <QuotaLine key={quota.id} quota={quota} />
          ))}
        </ul>
      )}
      {limits.length > shownMax && (
        <Link href={paths.quotas({ type, subject: id })} className="w-fit rounded-sm text-sm text-accent-text hover:underline">
          {t('all', { count: limits.length })}
        </Link>
      )}
    </section>
  )
}

function QuotaLine({ quota }: { quota: Quota }) {
  const words = useQuotaWords()
  const { id, subject_type, subject_id, provider, model } = quota
  const rule = [words.rule(quota), provider && providerLabel(provider), model].filter(Boolean).join(' · ')
  return (
    <li>
      <Link
        href={paths.quotas({ type: subject_type, subject: subject_id, id })}
        className="flex flex-col gap-2 px-3 py-2.5 text-sm outline-offset-[-2px] hover:bg-hover"
      >
        <span className="flex items-baseline justify-between gap-3">
          <span className="min-w-0 truncate">{rule}</span>
          <StandingLabel quota={quota} />
        </span>
        <QuotaBar quota={quota} label={rule} />
      </Link>
    </li>
  )
}
