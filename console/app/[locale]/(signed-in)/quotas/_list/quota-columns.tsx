'use client'

import { ExternalLink, Pencil, Trash2 } from 'lucide-react'
import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { useRouter } from '#i18n/navigation.ts'
import { providerLabel } from '#lib/providers.ts'
import { MoreButton } from '#ui/action/more-button.tsx'
import { Badge } from '#ui/data/badge.tsx'
import { Nothing } from '#ui/figure/figures.tsx'
import { useFormat } from '#ui/figure/use-format.ts'
import { Menu } from '#ui/overlay/menu.tsx'
import type { MenuEntry } from '#ui/overlay/menu-entries.ts'
import type { Column } from '#ui/table/table-column.ts'
import { cx } from '#ui/theme/cx.ts'
import { QuotaBar } from '../../_quotas/quota-bar.tsx'
import { QuotaFigure } from '../../_quotas/quota-figure.tsx'
import { QuotaReset } from '../../_quotas/quota-reset.tsx'
import { StandingLabel } from '../../_quotas/quota-standing.tsx'
import { SubjectIcon } from '../../_quotas/quota-subject.tsx'
import { fullness, leftOf, overOf, takenOf } from '../../_quotas/quota.ts'
import type { Quota } from '../../_quotas/quota.ts'
import { useQuotaWords } from '../../_quotas/use-quota-words.ts'
import type { Known } from './use-known.ts'

export type QuotaActions = { mayChange: (quota: Quota) => boolean; edit: (quota: Quota) => void; lift: (quota: Quota) => void }

/** The columns of the list. */
export function useQuotaColumns(known: Known, actions: QuotaActions): readonly Column<Quota>[] {
  const t = useTranslations('quotas')
  return [
    {
      id: 'subject',
      header: t('limit'),
      isPrimary: true,
      sortValue: ({ subject_name }) => subject_name,
      cell: (quota) => <QuotaName quota={quota} known={known} />,
    },
    { id: 'used', header: t('use'), isWide: true, firstOrder: 'desc', sortValue: fullness, cell: (quota) => <Use quota={quota} /> },
    {
      id: 'left',
      header: t('left'),
      align: 'end',
      isSecondary: true,
      cell: (quota) => <Left quota={quota} />,
    },
    { id: 'standing', header: t('standing'), cell: (quota) => <StandingAndMode quota={quota} /> },
    {
      id: 'resets',
      header: t('resets'),
      isSecondary: 'table',
      sortValue: ({ resets_at }) => (resets_at ? Date.parse(resets_at) : null),
      cell: (quota) => <QuotaReset quota={quota} />,
    },
    {
      id: 'actions',
      header: t('actions'),
      align: 'end',
      isHeaderHidden: true,
      cell: (quota) => <QuotaMenu quota={quota} path={known.pathOf(quota)} actions={actions} />,
    },
  ]
}

function QuotaName({ quota, known }: { quota: Quota; known: Known }) {
  const words = useQuotaWords()
  const { subject_type, subject_name, provider, model } = quota
  const tenant = subject_type === 'tenant' ? null : known.tenantNameOf(quota)
  const parts = [words.rule(quota), provider && providerLabel(provider), model, zoneOf(quota, known)]
  return (
    <span className="flex min-w-0 gap-2.5 pr-8 @lg:max-w-56 @lg:pr-0 @4xl:max-w-64 @[70rem]:max-w-84">
      <SubjectIcon type={subject_type} className="mt-0.5" />
      <span className="flex min-w-0 flex-col">
        <span className="flex min-w-0 items-center gap-2">
          <span className="truncate">{subject_name ?? words.subjectType(subject_type)}</span>
          {tenant && <span className="truncate text-xs font-normal text-faint">{tenant}</span>}
          <Flags quota={quota} />
        </span>
        <span className="truncate text-xs font-normal text-muted">
          <span className="text-faint @lg:hidden @4xl:inline">{words.subjectType(subject_type)} · </span>
          {parts.filter(Boolean).join(' · ')}
        </span>
      </span>
    </span>
  )
}

/** The zone of calendar windows, where it is not the person's own. */
function zoneOf({ window, metric, anchor, timezone }: Quota, { timeZone }: Known): string | null {
  const isCalendar = metric !== 'parallel' && anchor === null && window !== 'total' && window !== 'minute'
  return isCalendar && timezone !== timeZone ? timezone.replaceAll('_', ' ') : null
}

/** Where a limit was set, if not here, and what of it is not proved. */
function Flags({ quota: { origin, imposed, unproved, metric } }: { quota: Quota }) {
  const t = useTranslations('quotas.flags')
  const words = useQuotaWords()
  return (
    <>
      {origin === 'usage_limit' && <Badge hint={t('usageLimit.hint')}>{t('usageLimit.name')}</Badge>}
      {imposed && <Badge hint={t('imposed.hint')}>{t('imposed.name')}</Badge>}
      {unproved > 0 && (
        <Badge tone="warning" hint={t('unproved.hint', { amount: words.amount(metric, unproved) })}>
          {t('unproved.name')}
        </Badge>
      )}
    </>
  )
}

function Use({ quota }: { quota: Quota }) {
  const t = useTranslations('quotas')
  const format = useFormat()
  const { metric, amount } = quota
  const parts = {
    used: () => <QuotaFigure metric={metric} value={takenOf(quota)} className="font-medium text-text" />,
    amount: () => <QuotaFigure metric={metric} value={amount} />,
    // The amount is in the name of the limit too: where there is little room, once is enough.
    of: (words: ReactNode) => <span className="@lg:hidden @4xl:inline">{words}</span>,
  }
  return (
    <span className="flex w-full min-w-0 flex-col gap-1.5 @lg:min-w-40 @4xl:min-w-60">
      <span className="flex items-baseline justify-between gap-3 text-xs whitespace-nowrap text-muted tabular-nums">
        <span>{metric === 'parallel' ? t.rich('heldOf', parts) : t.rich('usedOf', parts)}</span>
        <span>{amount > 0 ? format.share(fullness(quota)) : <Nothing />}</span>
      </span>
      <QuotaBar quota={quota} label={t('useOf', { name: quota.subject_name ?? '' })} />
    </span>
  )
}

/** What is left; what was used beyond the amount in its place. */
function Left({ quota }: { quota: Quota }) {
  const t = useTranslations('quotas')
  const over = overOf(quota)
  if (over === 0) return <QuotaFigure metric={quota.metric} value={leftOf(quota)} />
  return (
    <span className={cx('whitespace-nowrap', quota.hard ? 'text-danger-text' : 'text-warning-text')}>
      {t.rich('overBy', { amount: () => <QuotaFigure metric={quota.metric} value={over} /> })}
    </span>
  )
}

function StandingAndMode({ quota }: { quota: Quota }) {
  const t = useTranslations('quotas.mode')
  const mode = quota.hard ? 'hard' : 'watched'
  return (
    <span className="flex flex-col">
      <StandingLabel quota={quota} />
      <span data-hint={t(`${mode}.hint`)} className="w-fit pl-5 text-xs whitespace-nowrap text-faint">
        {t(`${mode}.name`)}
      </span>
    </span>
  )
}

function QuotaMenu({ quota, path, actions }: { quota: Quota; path: string | null; actions: QuotaActions }) {
  const t = useTranslations('quotas')
  const router = useRouter()
  const name = quota.subject_name ?? ''
  const label = t('actionsOf', { name, rule: useQuotaWords().rule(quota) })
  const entries: (MenuEntry | false)[] = [
    actions.mayChange(quota) && {
      kind: 'item',
      id: 'edit',
      label: t('edit'),
      icon: <Pencil aria-hidden />,
      onSelect: () => actions.edit(quota),
    },
    path !== null && {
      kind: 'item',
      id: 'subject',
      label: t('open', { name }),
      icon: <ExternalLink aria-hidden />,
      onSelect: () => router.push(path),
    },
    actions.mayChange(quota) && { kind: 'line', id: 'line' },
    actions.mayChange(quota) && {
      kind: 'item',
      id: 'lift',
      label: t('lift'),
      icon: <Trash2 aria-hidden />,
      tone: 'danger',
      onSelect: () => actions.lift(quota),
    },
  ]
  const shown = entries.filter((entry) => entry !== false)
  if (shown.length === 0) return null
  return <Menu label={label} entries={shown} trigger={(props) => <MoreButton {...props} label={label} />} />
}
