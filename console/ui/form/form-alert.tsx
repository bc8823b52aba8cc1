import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from '../theme/cx.ts'

const tones = {
  danger: { icon: CircleAlert, look: 'bg-danger-soft text-danger-text' },
  warning: { icon: TriangleAlert, look: 'bg-warning-soft text-warning-text' },
  ok: { icon: CircleCheck, look: 'bg-ok-soft text-ok-text' },
  info: { icon: Info, look: 'bg-info-soft text-info-text' },
}

/** Something said about a whole form or panel, in its place. */
export function Alert({
  tone,
  title,
  children,
  className,
}: {
  tone: keyof typeof tones
  title?: ReactNode
  children?: ReactNode
  className?: string
}) {
  const { icon: Icon, look } = tones[tone]
  return (
    <div role={tone === 'danger' ? 'alert' : 'status'} className={cx('flex gap-2 rounded-md px-3 py-2 text-sm', look, className)}>
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0">
        {title && <p className="font-medium">{title}</p>}
        {children && <div className="[overflow-wrap:anywhere]">{children}</div>}
      </div>
    </div>
  )
}
