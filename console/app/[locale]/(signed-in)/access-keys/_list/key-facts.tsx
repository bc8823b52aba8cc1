'use client'

import { Bot, Building2, ChevronDown, User } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { Mono } from '#ui/data/mono.tsx'
import { Instant } from '#ui/figure/instant.tsx'
import { useNow } from '#ui/figure/now.tsx'
import { cx } from '#ui/theme/cx.ts'
import type { AccessKey, Belonging } from '../access-key.ts'

const closeMs = 7 * 86_400_000
const icons = { agent: Bot, me: User, user: User, service: Building2 }

/** Whose a key is: an agent, the person, someone else, or the tenant itself. */
export function BelongingLabel({ belonging }: { belonging: Belonging }) {
  const t = useTranslations('accessKeys.belonging')
  const Icon = icons[belonging.kind]
  const name = 'name' in belonging ? belonging.name : null
  return (
    <span className="inline-flex max-w-full items-center gap-1.5" data-hint={t(`${belonging.kind}.hint`)}>
      <Icon aria-label={t(`${belonging.kind}.kind`)} className="size-3.5 shrink-0 text-faint" />
      <span
        className={cx('truncate @lg:max-w-28 @4xl:max-w-32 @[70rem]:max-w-44', name === null && belonging.kind === 'agent' && 'text-faint')}
      >
        {name ?? t(`${belonging.kind}.name`)}
      </span>
    </span>
  )
}

/** The models a key may use: all, the only one, or how many, with the names one press away. */
export function ModelList({ models }: { models: readonly string[] | null }) {
  const t = useTranslations('accessKeys')
  const [isOpen, setOpen] = useState(false)
  const [only, ...others] = models ?? []
  if (only === undefined) return <span className="text-muted">{t('allModels')}</span>
  if (others.length === 0) return <Mono className="block max-w-36 truncate">{only}</Mono>
  return (
    <div>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        className="-mx-1.5 inline-flex h-6 items-center gap-1 rounded-sm px-1.5 hover:bg-pressed"
      >
        {t('modelCount', { count: others.length + 1 })}
        <ChevronDown aria-hidden className={cx('size-3.5 text-faint transition-transform', isOpen && 'rotate-180')} />
      </button>
      {isOpen && (
        <ul className="flex max-w-56 flex-col gap-0.5 pt-1 pb-0.5">
          {[only, ...others].map((model) => (
            <li key={model} className="font-mono text-xs [overflow-wrap:anywhere]">
              {model}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

/** When a key stops by itself, under its state; in another tone when that is near. */
export function ExpiryNote({ accessKey: { expires_at, status } }: { accessKey: AccessKey }) {
  const t = useTranslations('accessKeys')
  const now = useNow()
  if (status === 'revoked') return null
  if (!expires_at) return <span className="pl-5 text-xs whitespace-nowrap text-faint">{t('noExpiry')}</span>
  const isClose = status === 'active' && Date.parse(expires_at) - now < closeMs
  const when = { when: () => <Instant at={expires_at} /> }
  return (
    <span className={cx('pl-5 text-xs whitespace-nowrap', isClose ? 'font-medium text-warning-text' : 'text-faint')}>
      {status === 'expired' ? t.rich('expiredSince', when) : t.rich('expiresIn', when)}
    </span>
  )
}
