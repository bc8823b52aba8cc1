'use client'

import type { Permission } from '@llm-manager/contract/permissions'
import { useTranslations } from 'next-intl'
import { Link, usePathname } from '#i18n/navigation.ts'
import { cx } from '#ui/theme/cx.ts'
import { entriesFor, isActive } from './navigation-entries.ts'

/** The same pages at the lower edge of a phone, under the thumb. */
export function BottomNav({ permissions }: { permissions: readonly Permission[] }) {
  const t = useTranslations('shell')
  const pathname = usePathname()
  return (
    <nav
      aria-label={t('navigation')}
      className="fixed inset-x-0 bottom-0 z-20 border-t bg-surface pb-[env(safe-area-inset-bottom)] sm:hidden"
    >
      <ul className="flex">
        {entriesFor(permissions).map((entry) => {
          const isCurrent = isActive(entry, pathname)
          return (
            <li key={entry.id} className="min-w-0 flex-1">
              <Link
                href={entry.path}
                aria-current={isCurrent ? 'page' : undefined}
                aria-label={t(`pages.${entry.id}`)}
                className={cx(
                  'flex h-14 flex-col items-center justify-center gap-1 outline-offset-[-4px]',
                  isCurrent ? 'text-accent-text' : 'text-muted',
                )}
              >
                <entry.icon aria-hidden className="size-5" />
                <span className="max-w-full truncate text-2xs font-medium">{t(`shortPages.${entry.id}`)}</span>
              </Link>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}
