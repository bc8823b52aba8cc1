'use client'

import type { Permission } from '@llm-manager/contract/permissions'
import { Ellipsis } from 'lucide-react'
import type { LucideIcon } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { Link, usePathname } from '#i18n/navigation.ts'
import { lazyPart } from '#lib/lazy-part.tsx'
import { cx } from '#ui/theme/cx.ts'
import { isActive, thumbEntries } from './navigation-entries.ts'
import type { Entry } from './navigation-entries.ts'

const MoreSheet = lazyPart(() => import('./more-sheet.tsx').then(({ MoreSheet }) => MoreSheet))

/** The same pages at the lower edge of a phone, under the thumb; those that do not fit rise from there. */
export function BottomNav({ permissions }: { permissions: readonly Permission[] }) {
  const t = useTranslations('shell')
  const pathname = usePathname()
  const { shown, others } = thumbEntries(permissions)
  return (
    <nav
      aria-label={t('navigation')}
      className="fixed inset-x-0 bottom-0 z-20 border-t bg-surface pb-[env(safe-area-inset-bottom)] sm:hidden"
    >
      <ul className="flex">
        {shown.map((entry) => {
          const isCurrent = isActive(entry, pathname)
          return (
            <li key={entry.id} className="min-w-0 flex-1">
              <Link
                href={entry.path}
                aria-current={isCurrent ? 'page' : undefined}
                aria-label={t(`pages.${entry.id}`)}
                className={entryClass(isCurrent)}
              >
                <EntryFace icon={entry.icon} name={t(`shortPages.${entry.id}`)} />
              </Link>
            </li>
          )
        })}
        {others.length > 0 && (
          <li className="min-w-0 flex-1">
            <More others={others} isCurrent={others.some((entry) => isActive(entry, pathname))} />
          </li>
        )}
      </ul>
    </nav>
  )
}

function More({ others, isCurrent }: { others: readonly Entry[]; isCurrent: boolean }) {
  const t = useTranslations('shell')
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <button
        type="button"
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        onClick={() => setOpen(true)}
        className={cx('w-full', entryClass(isCurrent))}
      >
        <EntryFace icon={Ellipsis} name={t('more')} />
      </button>
      {isOpen && <MoreSheet entries={others} onClose={() => setOpen(false)} />}
    </>
  )
}

function EntryFace({ icon: Icon, name }: { icon: LucideIcon; name: string }) {
  return (
    <>
      <Icon aria-hidden className="size-5" />
      <span className="max-w-full truncate text-2xs font-medium">{name}</span>
    </>
  )
}

function entryClass(isCurrent: boolean): string {
  return cx('flex h-14 flex-col items-center justify-center gap-1 outline-offset-[-4px]', isCurrent ? 'text-accent-text' : 'text-muted')
}
