'use client'

import { CircleAlert } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useId } from 'react'
import type { ReactNode } from 'react'
import { cx } from '../theme/cx.ts'

/** What a control needs to be tied to its label, help and error. */
export type ControlProps = {
  id: string
  'aria-describedby': string | undefined
  'aria-invalid': true | undefined
  'aria-required': true | undefined
}

type FieldProps = {
  label: string
  help?: ReactNode
  error?: string
  isOptional?: boolean
  /** The label is for those who do not see what stands above. */
  isLabelHidden?: boolean
  /** Something to do that belongs to the label, at its far end. */
  aside?: ReactNode
  className?: string
  children: (control: ControlProps) => ReactNode
}

/** The one way a form asks for something: label, control, help, and the error under it. */
export function Field({ label, help, error, isOptional = false, isLabelHidden = false, aside, className, children }: FieldProps) {
  const t = useTranslations('ui.field')
  const id = useId()
  const described = [help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(' ')
  return (
    <div className={cx('flex flex-col gap-1.5', className)}>
      <div className={isLabelHidden ? 'sr-only' : 'flex items-baseline justify-between gap-3'}>
        <label htmlFor={id} className="text-sm font-medium text-text">
          {label}
          {isOptional && <span className="font-normal text-faint"> {t('optional')}</span>}
        </label>
        {aside}
      </div>
      {children({
        id,
        'aria-describedby': described || undefined,
        'aria-invalid': error ? true : undefined,
        'aria-required': isOptional ? undefined : true,
      })}
      {error && <FieldError id={`${id}-error`}>{error}</FieldError>}
      {help && (
        <p id={`${id}-help`} className="text-xs text-muted">
          {help}
        </p>
      )}
    </div>
  )
}

function FieldError({ id, children }: { id: string; children: ReactNode }) {
  return (
    <p id={id} role="alert" className="flex items-start gap-1 text-xs text-danger-text">
      <CircleAlert aria-hidden className="mt-0.5 size-3 shrink-0" />
      <span>{children}</span>
    </p>
  )
}
