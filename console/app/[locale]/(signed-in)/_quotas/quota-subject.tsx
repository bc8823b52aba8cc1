'use client'

import { Bot, Building2, KeyRound, TicketCheck, User, Users } from 'lucide-react'
import type { LucideIcon } from 'lucide-react'
import { cx } from '#ui/theme/cx.ts'
import type { SubjectType } from './quota.ts'
import { useQuotaWords } from './use-quota-words.ts'

const icons: Record<SubjectType, LucideIcon> = {
  tenant: Building2,
  group: Users,
  user: User,
  agent: Bot,
  access_key: TicketCheck,
  provider_key: KeyRound,
}

/** What kind of thing is limited, as a picture beside its name. */
export function SubjectIcon({ type, className }: { type: SubjectType; className?: string }) {
  const Icon = icons[type]
  return <Icon aria-hidden className={cx('size-4 shrink-0 text-faint', className)} />
}

/** Whose a limit is: picture and name. */
export function SubjectName({ type, name }: { type: SubjectType; name: string | null }) {
  const words = useQuotaWords()
  return (
    <span className="inline-flex min-w-0 items-baseline gap-2">
      <SubjectIcon type={type} className="relative top-0.5" />
      <span className="truncate">{name ?? words.subjectType(type)}</span>
    </span>
  )
}
