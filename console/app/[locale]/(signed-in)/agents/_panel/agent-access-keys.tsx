'use client'

import { Plus } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Link } from '#i18n/navigation.ts'
import { paths } from '#lib/paths.ts'
import { useMe } from '#lib/session/me-context.tsx'
import { buttonClass } from '#ui/action/button.tsx'
import { Mono } from '#ui/data/mono.tsx'
import { KeyStatusLabel } from '../../access-keys/_list/key-status.tsx'
import type { AccessKey } from '../../access-keys/access-key.ts'
import type { Agent } from '../agent.ts'

const shownMax = 5

/** The access keys that the agent's program calls the gateway with. */
export function AgentAccessKeys({ agent, keys }: { agent: Agent; keys: readonly AccessKey[] }) {
  const t = useTranslations('agents')
  const { permissions } = useMe()
  if (!permissions.includes('access_keys:read')) return null
  const working = keys.filter(({ status }) => status !== 'revoked')
  return (
    <section className="flex flex-col gap-3">
      <header className="flex items-center justify-between gap-3">
        <h3 className="text-sm font-semibold">{t('accessKeys')}</h3>
        {permissions.includes('access_keys:write') && (
          <Link href={paths.accessKeys({ panel: 'new', for: agent.id })} className={buttonClass({ size: 'sm' })}>
            <Plus aria-hidden /> {t('createAccessKey')}
          </Link>
        )}
      </header>
      {working.length === 0 ? (
        <p className="text-sm text-muted">{t('noAccessKeysYet')}</p>
      ) : (
        <ul className="flex flex-col divide-y rounded-lg border">
          {working.slice(0, shownMax).map(({ id, name, key_hint, status }) => (
            <li key={id}>
              <Link
                href={paths.accessKeys({ for: agent.id, id })}
                className="flex items-center gap-3 px-3 py-2 text-sm outline-offset-[-2px] hover:bg-hover"
              >
                <span className="min-w-0 flex-1 truncate">{name}</span>
                <Mono className="text-muted max-sm:hidden">{key_hint}</Mono>
                <KeyStatusLabel status={status} />
              </Link>
            </li>
          ))}
        </ul>
      )}
      {keys.length > Math.min(working.length, shownMax) && (
        <Link href={paths.accessKeys({ for: agent.id })} className="w-fit rounded-sm text-sm text-accent-text hover:underline">
          {t('allAccessKeys', { count: keys.length })}
        </Link>
      )}
    </section>
  )
}
