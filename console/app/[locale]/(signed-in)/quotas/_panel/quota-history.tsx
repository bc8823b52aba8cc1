'use client'

import { History } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { quotas } from '#lib/api/endpoints.ts'
import { QueryView } from '#lib/api/query-view.tsx'
import { Button } from '#ui/action/button.tsx'
import { Badge } from '#ui/data/badge.tsx'
import { Skeleton } from '#ui/state/skeleton.tsx'
import { ViewState } from '#ui/state/view-state.tsx'
import { usePagedList } from '../../_parts/paged-list.ts'
import { QuotaBar } from '../../_quotas/quota-bar.tsx'
import { QuotaFigure } from '../../_quotas/quota-figure.tsx'
import { overOf, shareOf } from '../../_quotas/quota.ts'
import type { Quota, QuotaWindow } from '../../_quotas/quota.ts'
import { useFormat } from '#ui/figure/use-format.ts'
import type { Known } from '../_list/use-known.ts'
import { zoneOfWindows } from './window-zone.ts'
import { useWindowName } from './use-window-name.ts'

const pageSize = 12

/** The windows of a limit so far, newest first, drawn alike so that those that passed the amount stand out. */
export function QuotaHistory({ quota, known }: { quota: Quota; known: Known }) {
  const t = useTranslations('quotas.history')
  const query = usePagedList(
    quotas.history,
    { params: { id: quota.id }, query: { limit: pageSize } },
    { key: [quota.id, quota.window_start, quota.updated_at], everyMs: 30_000 },
  )
  if (quota.metric === 'parallel') return null
  const zone = zoneOfWindows(quota, known.timeZone)
  return (
    <section aria-label={t('title')} className="flex flex-col gap-3">
      <header className="flex flex-col gap-0.5">
        <h3 className="text-sm font-semibold">{t('title')}</h3>
        <p className="text-xs text-muted">
          {zone === known.timeZone ? t('purpose') : t('purposeZone', { zone: zone.replaceAll('_', ' ') })}
        </p>
      </header>
      <QueryView query={query} size="sm" skeleton={<Skeletons />}>
        {(windows) =>
          windows.some(({ used, is_current }) => !is_current || used > 0) ? (
            <>
              <Windows windows={windows} quota={quota} zone={zone} />
              {query.hasNextPage && (
                <Button size="sm" className="w-fit" isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                  {t('more')}
                </Button>
              )}
            </>
          ) : (
            <div className="rounded-lg border">
              <ViewState icon={History} title={t('noneTitle')} size="sm">
                {t('noneBody')}
              </ViewState>
            </div>
          )
        }
      </QueryView>
    </section>
  )
}

function Windows({ windows, quota, zone }: { windows: readonly QuotaWindow[]; quota: Quota; zone: string }) {
  const longest = Math.max(1, ...windows.map(({ used, amount }) => shareOf(used, amount)))
  return (
    <ul className="flex flex-col divide-y rounded-lg border">
      {windows.map((window) => (
        <WindowRow key={window.window_start} window={window} quota={quota} zone={zone} longest={longest} />
      ))}
    </ul>
  )
}

type WindowRowProps = { window: QuotaWindow; quota: Quota; zone: string; longest: number }

function WindowRow({ window, quota, zone, longest }: WindowRowProps) {
  const t = useTranslations('quotas.history')
  const format = useFormat()
  const { metric, hard } = quota
  const { used, amount, is_current } = window
  const name = useWindowName()(window, zone)
  return (
    <li className="flex flex-col gap-1.5 px-3 py-2.5">
      <span className="flex items-baseline justify-between gap-3 text-sm">
        <span className="flex min-w-0 items-baseline gap-2">
          <span className="truncate first-letter:uppercase">{name}</span>
          {is_current && <Badge tone="accent">{t('current')}</Badge>}
        </span>
        <span className="flex shrink-0 items-baseline gap-2 tabular-nums">
          <QuotaFigure metric={metric} value={used} />
          <span className="min-w-11 text-right text-xs text-muted">{format.share(shareOf(used, amount))}</span>
        </span>
      </span>
      <QuotaBar
        quota={{ metric, amount, used, reserved: 0, hard, thresholds: [] }}
        label={t('useIn', { window: name })}
        longest={longest}
      />
      <WindowNotes window={window} quota={quota} />
    </li>
  )
}

/** What a window's bar does not say: how far it went over, what of it is not proved, and the amount where that was another. */
function WindowNotes({ window: { used, amount, unproved }, quota }: Pick<WindowRowProps, 'window' | 'quota'>) {
  const t = useTranslations('quotas.history')
  const over = overOf({ used, amount })
  const figure = (value: number) => ({ amount: () => <QuotaFigure metric={quota.metric} value={value} /> })
  return (
    <span className="flex flex-wrap gap-x-3 text-xs empty:hidden">
      {over > 0 && <span className={quota.hard ? 'text-danger-text' : 'text-warning-text'}>{t.rich('over', figure(over))}</span>}
      {unproved > 0 && <span className="text-warning-text">{t.rich('unproved', figure(unproved))}</span>}
      {amount !== quota.amount && <span className="text-muted">{t.rich('amountThen', figure(amount))}</span>}
    </span>
  )
}

function Skeletons() {
  return (
    <div className="flex flex-col divide-y rounded-lg border">
      {[0, 1, 2, 3].map((line) => (
        <div key={line} className="flex flex-col gap-2.5 px-3 py-3">
          <Skeleton className="h-3.5 w-40" />
          <Skeleton className="h-1.5 w-full" />
        </div>
      ))}
    </div>
  )
}
