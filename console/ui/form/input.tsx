import type { ComponentProps, ReactNode } from 'react'
import { cx } from '../theme/cx.ts'

/** The box that every control of a form is drawn in. */
export const controlClass = cx(
  'w-full min-w-0 rounded-md border border-line-control bg-surface text-sm text-text transition-colors duration-100',
  'hover:border-muted aria-invalid:border-danger focus-visible:outline-2 focus-visible:outline-offset-0 focus-visible:outline-focus focus-visible:border-transparent',
  'disabled:cursor-not-allowed disabled:bg-sunken disabled:text-faint pointer-coarse:text-lg',
)

type InputProps = ComponentProps<'input'> & { isMono?: boolean }

export function Input({ className, isMono = false, ...rest }: InputProps) {
  return <input {...rest} className={cx(controlClass, 'h-8 px-2.5 pointer-coarse:h-10', isMono && 'font-mono', className)} />
}

type AffixedInputProps = InputProps & { prefix?: ReactNode; suffix?: ReactNode }

/** An input with its unit or currency inside the box. */
export function AffixedInput({ prefix, suffix, className, isMono, ...rest }: Omit<AffixedInputProps, 'prefix'> & { prefix?: ReactNode }) {
  return (
    <span
      className={cx(
        controlClass,
        'flex h-8 items-center gap-1.5 px-2.5 pointer-coarse:h-10 focus-within:border-transparent focus-within:outline-2 focus-within:outline-focus has-aria-invalid:border-danger',
        className,
      )}
    >
      {prefix && <span className="shrink-0 text-muted select-none">{prefix}</span>}
      <input {...rest} className={cx('h-full min-w-0 flex-1 bg-transparent outline-none', isMono && 'font-mono')} />
      {suffix && <span className="shrink-0 text-muted select-none">{suffix}</span>}
    </span>
  )
}

export function Textarea({ className, ...rest }: ComponentProps<'textarea'>) {
  return <textarea {...rest} className={cx(controlClass, 'min-h-18 px-2.5 py-1.5', className)} />
}
