import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from '../theme/cx.ts'

type ViewStateProps = {
  icon: LucideIcon
  title: string
  children: ReactNode
  action?: ReactNode
  note?: ReactNode
  size?: 'sm' | 'md'
  role?: 'alert' | 'status'
}

/** What stands in the place of a view that has nothing to show: what this is, why, and the next step. */
export function ViewState({ icon: Icon, title, children, action, note, size = 'md', role }: ViewStateProps) {
  return (
    <div role={role} className={cx('flex flex-col items-center justify-center gap-3 px-6 text-center', size === 'md' ? 'py-16' : 'py-8')}>
      <span className="flex size-9 items-center justify-center rounded-lg border bg-sunken text-muted">
        <Icon aria-hidden className="size-4.5" />
      </span>
      <div className="flex max-w-100 flex-col gap-1">
        <h2 className="text-base font-semibold">{title}</h2>
        <div className="text-sm text-pretty text-muted">{children}</div>
      </div>
      {action && <div className="mt-1 flex flex-wrap justify-center gap-2">{action}</div>}
      {note && <div className="text-xs text-faint">{note}</div>}
    </div>
  )
}
