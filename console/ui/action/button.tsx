import { LoaderCircle } from 'lucide-react'
import type { ComponentProps, ReactNode } from 'react'
import { cx } from '../theme/cx.ts'

type Look = { tone?: 'primary' | 'secondary' | 'ghost' | 'danger'; size?: 'sm' | 'md' | 'lg' }

const tones = {
  primary: 'bg-accent text-on-accent shadow-raised hover:bg-accent-hover active:bg-accent-hover',
  secondary: 'border border-line-strong bg-surface text-text shadow-raised hover:bg-hover active:bg-pressed',
  ghost: 'text-muted hover:bg-hover hover:text-text active:bg-pressed',
  danger: 'bg-danger text-on-accent shadow-raised hover:bg-danger-hover active:bg-danger-hover',
}

const sizes = {
  sm: 'h-7 gap-1.5 px-2.5 text-sm pointer-coarse:h-9',
  md: 'h-8 gap-1.5 px-3 text-sm pointer-coarse:h-10',
  lg: 'h-10 gap-2 px-4 text-base',
}

/** The look of a button, for a link that acts like one. */
export function buttonClass({ tone = 'secondary', size = 'md' }: Look = {}): string {
  return cx(
    'inline-flex shrink-0 items-center justify-center rounded-md font-medium whitespace-nowrap select-none transition-colors duration-100',
    'disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:cursor-not-allowed aria-disabled:opacity-50 [&_svg]:size-4 [&_svg]:shrink-0',
    tones[tone],
    sizes[size],
  )
}

type ButtonProps = Omit<ComponentProps<'button'>, 'children'> & Look & { icon?: ReactNode; isBusy?: boolean; children: ReactNode }

/** A button with words. While busy it keeps its width and focus, and cannot be pressed again. */
export function Button({ tone, size, icon, isBusy = false, className, children, onClick, type = 'button', ...rest }: ButtonProps) {
  return (
    <button
      {...rest}
      type={isBusy ? 'button' : type}
      aria-busy={isBusy || undefined}
      aria-disabled={isBusy || undefined}
      onClick={isBusy ? undefined : onClick}
      className={cx(buttonClass({ tone, size }), className)}
    >
      {isBusy ? <LoaderCircle aria-hidden className="animate-spin" /> : icon}
      {children}
    </button>
  )
}
