'use client'

import { Eye, EyeOff } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import type { ComponentProps } from 'react'
import { IconButton } from '../action/icon-button.tsx'
import { cx } from '../theme/cx.ts'
import { Input } from './input.tsx'

type SecretInputProps = Omit<ComponentProps<typeof Input>, 'type'> & {
  /** `password` lets password managers in; `key` keeps them out, because an API key is no password of this site. */
  kind: 'password' | 'key'
}

/** A secret being typed or pasted: hidden, with a way to look at it. */
export function SecretInput({ kind, className, ...rest }: SecretInputProps) {
  const t = useTranslations('ui.secretInput')
  const [isShown, setShown] = useState(false)
  const keepOut = {
    autoComplete: 'off',
    'data-1p-ignore': true,
    'data-lpignore': 'true',
    'data-bwignore': true,
    spellCheck: false,
    autoCapitalize: 'off',
  }
  return (
    <span className="relative block">
      <Input
        {...(kind === 'key' && keepOut)}
        {...rest}
        type={isShown ? 'text' : 'password'}
        isMono={kind === 'key'}
        className={cx('pr-9 pointer-coarse:pr-11', className)}
      />
      <IconButton
        label={isShown ? t('hide') : t('show')}
        size="sm"
        aria-pressed={isShown}
        onClick={() => setShown(!isShown)}
        className="absolute inset-y-0 right-1 my-auto"
      >
        {isShown ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
      </IconButton>
    </span>
  )
}
