import { cx } from '../theme/cx.ts'

/** Two letters in a box, where a logo would claim more than we may. */
export function Monogram({ letters, isDimmed = false }: { letters: string; isDimmed?: boolean }) {
  return (
    <span aria-hidden className={cx('inline-flex size-6 shrink-0 items-center justify-center rounded-sm border bg-sunken font-mono text-2xs font-medium text-muted select-none', isDimmed && 'opacity-60')}>
      {letters}
    </span>
  )
}
