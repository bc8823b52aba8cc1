import { CopyIcon } from '../action/copy-button.tsx'
import { cx } from '../theme/cx.ts'

/** A key, a model or an id as machines write it; with a button that copies it where it is worth copying. */
export function Mono({ children, copy, className }: { children: string; /** What is copied, when it is more than what is shown. */ copy?: string | true; className?: string }) {
  if (!copy) return <code className={cx('font-mono text-xs', className)}>{children}</code>
  return (
    <span className="inline-flex max-w-full items-center gap-1">
      <code className={cx('truncate font-mono text-xs', className)}>{children}</code>
      <CopyIcon text={copy === true ? children : copy} />
    </span>
  )
}
