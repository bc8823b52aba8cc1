'use client'

import { useTranslations } from 'next-intl'
import { Link, usePathname } from '#i18n/navigation.ts'
import { Dialog } from '#ui/overlay/dialog.tsx'
import { cx } from '#ui/theme/cx.ts'
import { isActive } from './navigation-entries.ts'
import type { Entry } from './navigation-entries.ts'

/** The pages that do not fit under the thumb. */
export function MoreSheet({ entries, onClose }: { entries: readonly Entry[]; onClose: () => void }) {
  const t = useTranslations('shell')
  const pathname = usePathname()
  return (
    <Dialog isOpen title={t('morePages')} onClose={onClose}>
      <ul className="-mx-2 flex flex-col pb-2">
        {entries.map((entry) => {
          const isCurrent = isActive(entry, pathname)
          return (
            <li key={entry.id}>
              <Link
                href={entry.path}
                aria-current={isCurrent ? 'page' : undefined}
                onClick={onClose}
                className={cx(
                  'flex h-12 items-center gap-3 rounded-md px-2 text-base',
                  isCurrent ? 'bg-pressed font-medium' : 'hover:bg-hover',
                )}
              >
                <entry.icon aria-hidden className={cx('size-5 shrink-0', isCurrent ? 'text-accent-text' : 'text-muted')} />
                {t(`pages.${entry.id}`)}
              </Link>
            </li>
          )
        })}
      </ul>
    </Dialog>
  )
}
