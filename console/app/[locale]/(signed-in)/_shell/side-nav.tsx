'use client'

import type { Permission } from '@llm-manager/contract/permissions'
import { PanelLeftClose, PanelLeftOpen } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Link, usePathname } from '#i18n/navigation.ts'
import { paths } from '#lib/paths.ts'
import { usePreferences } from '#lib/preferences/preferences-store.ts'
import { cx } from '#ui/theme/cx.ts'
import { LogoMark } from './logo.tsx'
import { entriesFor, isActive } from './navigation-entries.ts'
import type { Entry } from './navigation-entries.ts'

/** The pages in their groups; collapsed to icons when the person wants the room. */
export function SideNav({ permissions }: { permissions: readonly Permission[] }) {
  const t = useTranslations('shell')
  const pathname = usePathname()
  const entries = entriesFor(permissions)
  const groups = [...new Set(entries.map(({ group }) => group))]
  return (
    <nav aria-label={t('navigation')} className="sticky top-0 hidden h-dvh flex-col border-r bg-canvas sm:flex">
      <Link href={paths.dashboard()} className="flex h-(--bar-height) shrink-0 items-center gap-2.5 px-4 outline-offset-[-4px]">
        <LogoMark className="size-6 shrink-0" />
        <span className="truncate text-sm font-semibold tracking-tight nav-collapsed:hidden">{t('product')}</span>
      </Link>
      <div className="flex flex-1 flex-col gap-4 overflow-y-auto px-2 py-3">
        {groups.map((group) => (
          <div key={group}>
            <h2 className="px-2 pb-1 text-2xs font-medium text-faint nav-collapsed:sr-only">{t(`groups.${group}`)}</h2>
            <ul className="flex flex-col gap-px">
              {entries
                .filter((entry) => entry.group === group)
                .map((entry) => (
                  <NavEntry key={entry.id} entry={entry} isCurrent={isActive(entry, pathname)} />
                ))}
            </ul>
          </div>
        ))}
      </div>
      <CollapseButton />
    </nav>
  )
}

function NavEntry({ entry: { id, path, icon: Icon }, isCurrent }: { entry: Entry; isCurrent: boolean }) {
  const t = useTranslations('shell')
  const isNavCollapsed = usePreferences((preferences) => preferences.isNavCollapsed)
  return (
    <li>
      <Link
        href={path}
        aria-current={isCurrent ? 'page' : undefined}
        data-hint={isNavCollapsed ? t(`pages.${id}`) : undefined}
        className={cx(
          'flex h-8 items-center gap-2.5 rounded-md px-2 text-sm outline-offset-[-2px] transition-colors duration-75 nav-collapsed:justify-center',
          isCurrent ? 'bg-pressed font-medium text-text' : 'text-muted hover:bg-hover hover:text-text',
        )}
      >
        <Icon aria-hidden className={cx('size-4 shrink-0', isCurrent && 'text-accent-text')} />
        <span className="truncate nav-collapsed:sr-only">{t(`pages.${id}`)}</span>
      </Link>
    </li>
  )
}

function CollapseButton() {
  const t = useTranslations('shell')
  const { isNavCollapsed, toggleNav } = usePreferences()
  return (
    <div className="border-t p-2">
      <button
        type="button"
        aria-expanded={!isNavCollapsed}
        aria-label={t(isNavCollapsed ? 'expandNav' : 'collapseNav')}
        data-hint={isNavCollapsed ? t('expandNav') : undefined}
        onClick={toggleNav}
        className="flex h-8 w-full items-center gap-2.5 rounded-md px-2 text-sm text-faint hover:bg-hover hover:text-text nav-collapsed:justify-center"
      >
        <PanelLeftClose aria-hidden className="size-4 nav-collapsed:hidden" />
        <PanelLeftOpen aria-hidden className="hidden size-4 nav-collapsed:block" />
        <span className="nav-collapsed:hidden">{t('collapseNav')}</span>
      </button>
    </div>
  )
}
