import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from '../theme/cx.ts'

export type Tone = 'neutral' | 'accent' | 'ok' | 'warning' | 'danger' | 'info'

const grounds: Record<Tone, string> = {
  neutral: 'bg-sunken text-muted',
  accent: 'bg-accent-soft text-accent-text',
  ok: 'bg-ok-soft text-ok-text',
  warning: 'bg-warning-soft text-warning-text',
  danger: 'bg-danger-soft text-danger-text',
  info: 'bg-info-soft text-info-text',
}

/** A word about something, set apart. */
export function Badge({ tone = 'neutral', hint, children }: { tone?: Tone; hint?: string; children: ReactNode }) {
  return (
    <span data-hint={hint} className={cx('inline-flex h-5 shrink-0 items-center gap-1 rounded-sm px-1.5 text-xs font-medium whitespace-nowrap', grounds[tone])}>
      {children}
    </span>
  )
}

const marks: Record<Tone, string> = {
  neutral: 'text-faint',
  accent: 'text-accent-text',
  ok: 'text-ok',
  warning: 'text-warning',
  danger: 'text-danger-text',
  info: 'text-info',
}

/** The state of something: icon, word and tone, so that colour is never alone. */
export function Status({ tone, icon: Icon, hint, children }: { tone: Tone; icon: LucideIcon; hint?: string; children: ReactNode }) {
  return (
    <span data-hint={hint} className="text-sm whitespace-nowrap">
      <Icon aria-hidden className={cx('relative -top-px mr-1.5 inline-block size-3.5', marks[tone])} />
      {children}
    </span>
  )
}
