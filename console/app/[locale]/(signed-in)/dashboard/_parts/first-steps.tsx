'use client'

import { ArrowRight, Check } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Link } from '#i18n/navigation.ts'
import { useApiQuery } from '#lib/api/use-api.ts'
import { paths } from '#lib/paths.ts'
import type { RangeId } from '#lib/range.ts'
import { useMe } from '#lib/session/me-context.tsx'
import { Card } from '#ui/layout/card.tsx'
import { cx } from '#ui/theme/cx.ts'
import { accessKeysQuery, summaryQuery } from './dashboard-queries.ts'
import { useProviderKeys } from './trouble/provider-key-queries.ts'

type Step = { id: 'key' | 'access' | 'call'; isDone: boolean; path: string }

/** The way from an empty installation to the first answer of a model; gone once it has been walked, by whoever it was. */
export function FirstSteps({ range }: { range: RangeId }) {
  const t = useTranslations('dashboard.steps')
  const steps = useSteps()
  const { endpoint, key, sent } = summaryQuery(range)
  const used = useApiQuery(endpoint, { key, sent }).data
  if (!steps || !used || used.requests > 0 || steps.every(({ isDone }) => isDone)) return null
  const next = steps.find(({ isDone }) => !isDone)
  return (
    <Card label={t('title')}>
      <div className="flex flex-col gap-0.5 px-4 pt-4 pb-3">
        <h2 className="text-base font-semibold">{t('title')}</h2>
        <p className="text-sm text-muted">{t('purpose')}</p>
      </div>
      <ol className="grid border-t max-md:divide-y md:grid-cols-3 md:divide-x">
        {steps.map((step, index) => (
          <StepItem key={step.id} step={step} number={index + 1} isNext={step === next} />
        ))}
      </ol>
    </Card>
  )
}

function StepItem({ step: { id, isDone, path }, number, isNext }: { step: Step; number: number; isNext: boolean }) {
  const t = useTranslations('dashboard.steps')
  return (
    <li className="flex gap-3 p-4">
      <span
        className={cx(
          'flex size-6 shrink-0 items-center justify-center rounded-full text-xs font-semibold',
          isDone ? 'bg-ok-soft text-ok-text' : isNext ? 'bg-accent text-on-accent' : 'bg-sunken text-muted',
        )}
      >
        {isDone ? <Check aria-label={t('done')} className="size-3.5" /> : number}
      </span>
      <div className="flex min-w-0 flex-col items-start gap-1 text-sm">
        <h3 className={cx('font-medium', isDone && 'text-muted')}>{t(`${id}.title`)}</h3>
        <p className="text-muted">{t(`${id}.body`)}</p>
        {isNext && (
          <Link href={path} className="mt-1 inline-flex items-center gap-1 rounded-sm font-medium text-accent-text hover:underline">
            {t(`${id}.action`)} <ArrowRight aria-hidden className="size-3.5" />
          </Link>
        )}
      </div>
    </li>
  )
}

/** Null until it is known what there is. */
function useSteps(): Step[] | null {
  const { permissions } = useMe()
  const { keys } = useProviderKeys()
  const access = useApiQuery(accessKeysQuery.endpoint, { sent: accessKeysQuery.sent, everyMs: 15_000 }).data
  if (!keys || !access) return null
  const keysPath = permissions.includes('system_keys:write') ? paths.systemKeys({ panel: 'new' }) : paths.myKeys({ panel: 'new' })
  return [
    { id: 'key', isDone: keys.length > 0, path: keysPath },
    { id: 'access', isDone: access.items.length > 0, path: paths.accessKeys({ panel: 'new' }) },
    { id: 'call', isDone: access.items.some(({ last_used }) => last_used !== null), path: paths.accessKeys() },
  ]
}
