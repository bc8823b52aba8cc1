import { cx } from '../theme/cx.ts'

/** A grey shape where something will be. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={cx('block rounded-sm bg-pressed animate-pulse', className)} />
}

const cellWidths = ['w-36', 'w-20', 'w-28', 'w-16', 'w-24', 'w-14']

/** The shape of a table that is on its way. */
export function TableSkeleton({ rows = 6, columns = 5 }: { rows?: number; columns?: number }) {
  return (
    <div aria-hidden className="@container">
      <div className="hidden h-9 border-b bg-sunken @lg:block" />
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="flex h-24 flex-wrap items-center gap-x-8 gap-y-2 border-b px-4 last:border-b-0 @lg:h-11 @lg:flex-nowrap">
          {Array.from({ length: columns }, (_, column) => (
            <span key={column} className={cx('flex-1', column === 0 && '@lg:flex-2', column > 2 && 'hidden @lg:block')}>
              <Skeleton className={cx('h-3.5 max-w-full', cellWidths[(row + column) % cellWidths.length])} />
            </span>
          ))}
        </div>
      ))}
    </div>
  )
}
