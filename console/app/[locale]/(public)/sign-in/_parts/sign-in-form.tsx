'use client'

import { CallFailed } from '@llm-manager/contract/client'
import { useLocale, useTranslations } from 'next-intl'
import { useState } from 'react'
import type { FormEvent } from 'react'
import { useFailureText } from '#lib/api/failure-text.ts'
import { signIn } from '#lib/session/browser-session.ts'
import { Button } from '#ui/action/button.tsx'
import { Field } from '#ui/form/field.tsx'
import { Alert } from '#ui/form/form-alert.tsx'
import { Input } from '#ui/form/input.tsx'
import { SecretInput } from '#ui/form/secret-input.tsx'

const large = 'h-10 text-base'

/** E-mail and password; the one-time code once the API asks for it. */
export function SignInForm({ returnPath, isReturning }: { returnPath: string; isReturning: boolean }) {
  const t = useTranslations('signIn')
  const { isBusy, failure, isOtpAsked, submit } = useSignIn(returnPath)
  return (
    <form onSubmit={submit} className="flex flex-col gap-6">
      <div className="flex flex-col gap-1">
        <h1 className="text-2xl font-semibold tracking-tight">{t('title')}</h1>
        <p className="text-sm text-muted">{isReturning ? t('returning') : t('purpose')}</p>
      </div>
      <div className="flex flex-col gap-4">
        <Field label={t('email')}>
          {(control) => <Input {...control} name="email" type="email" autoComplete="username" required autoFocus className={large} />}
        </Field>
        <Field label={t('password')}>
          {(control) => (
            <SecretInput {...control} kind="password" name="password" autoComplete="current-password" required className={large} />
          )}
        </Field>
        {isOtpAsked && (
          <Field label={t('otp')} help={t('otpHelp')}>
            {(control) => (
              <Input {...control} name="otp" inputMode="numeric" autoComplete="one-time-code" required autoFocus isMono className={large} />
            )}
          </Field>
        )}
        {failure && <Alert tone="danger">{failure}</Alert>}
      </div>
      <Button tone="primary" size="lg" type="submit" isBusy={isBusy}>
        {t('submit')}
      </Button>
    </form>
  )
}

function useSignIn(returnPath: string) {
  const locale = useLocale()
  const describe = useFailureText()
  const [isBusy, setBusy] = useState(false)
  const [isOtpAsked, setOtpAsked] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (isBusy) return
    const fields = new FormData(event.currentTarget)
    const textOf = (name: string) => {
      const value = fields.get(name)
      return typeof value === 'string' ? value : ''
    }
    setBusy(true)
    setFailure(null)
    try {
      await signIn({ email: textOf('email').trim(), password: textOf('password'), otp: textOf('otp') || undefined }, locale)
      location.assign(`/${locale}${returnPath}`)
    } catch (cause) {
      setBusy(false)
      if (!(cause instanceof CallFailed)) throw cause
      const asksFirst = cause.code === 'otp_required' && !isOtpAsked
      setOtpAsked(isOtpAsked || asksFirst)
      setFailure(asksFirst ? null : describe(cause))
    }
  }
  return { isBusy, failure, isOtpAsked, submit }
}
