'use client'

import type { Permission } from '@llm-manager/contract/permissions'
import { useTranslations } from 'next-intl'
import { Kbd } from '#ui/data/kbd.tsx'
import { Dialog } from '#ui/overlay/dialog.tsx'
import { entriesFor } from '../navigation-entries.ts'

type ShortcutHelpProps = { permissions: readonly Permission[]; isOpen: boolean; onClose: () => void }

/** Every key that does something. */
export function ShortcutHelp({ permissions, isOpen, onClose }: ShortcutHelpProps) {
  const t = useTranslations('shell')
  return (
    <Dialog isOpen={isOpen} title={t('shortcuts')} onClose={onClose} size="sm">
      <dl className="flex flex-col text-sm">
        {entriesFor(permissions).map(({ id, key }) => (
          <Shortcut key={id} keys={['G', key.toUpperCase()]}>
            {t('goTo', { page: t(`pages.${id}`) })}
          </Shortcut>
        ))}
        <Shortcut keys={['Ctrl', 'K']}>{t('openPalette')}</Shortcut>
        <Shortcut keys={['/']}>{t('openPalette')}</Shortcut>
        <Shortcut keys={['J', 'K']}>{t('walkRows')}</Shortcut>
        <Shortcut keys={['Esc']}>{t('closePanel')}</Shortcut>
        <Shortcut keys={['?']}>{t('shortcuts')}</Shortcut>
      </dl>
    </Dialog>
  )
}

function Shortcut({ keys, children }: { keys: readonly string[]; children: string }) {
  return (
    <div className="flex items-center justify-between gap-4 border-b py-1.5 last:border-b-0">
      <dt className="text-muted">{children}</dt>
      <dd className="flex gap-1">
        {keys.map((key) => (
          <Kbd key={key}>{key}</Kbd>
        ))}
      </dd>
    </div>
  )
}
