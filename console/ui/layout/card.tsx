import type { ReactNode } from 'react'
import { cx } from '../theme/cx.ts'

/** A surface that holds one thing. */
export function Card({ className, children, label }: { className?: string; children: ReactNode; label?: string }) {
  return (
    <section aria-label={label} className={cx('overflow-hidden rounded-lg border bg-surface', className)}>
      {children}
    </section>
  )
}

/** The head of a card: its title, what it says, and what can be done with it. */
export function CardHeader({ title, note, action }: { title: string; note?: ReactNode; action?: ReactNode }) {
  return (
    <header className="flex min-h-11 flex-wrap items-center justify-between gap-x-4 gap-y-1 border-b px-4 py-2">
      <div className="flex flex-wrap items-baseline gap-x-2">
        <h2 className="text-sm font-semibold">{title}</h2>
        {note && <span className="text-xs text-muted">{note}</span>}
      </div>
      {action}
    </header>
  )
}
