'use client'

import { CallFailed } from '@llm-manager/contract/client'
import { sessions } from '@llm-manager/contract/sessions'
import { useLocale, useTranslations } from 'next-intl'
import { useState } from 'react'
import { Link } from '#i18n/navigation.ts'
import { useApiForm } from '#lib/forms/use-api-form.ts'
import { paths } from '#lib/paths.ts'
import { setUp } from '#lib/session/browser-session.ts'
import { Button } from '#ui/action/button.tsx'
import { Field } from '#ui/form/field.tsx'
import { Alert } from '#ui/form/form-alert.tsx'
import { Input } from '#ui/form/input.tsx'
import { SecretInput } from '#ui/form/secret-input.tsx'

const large = 'h-10 text-base'

/** The first administrator, by the one-time link that the first start printed. */
export function SetUpForm({ token }: { token: string }) {
  const t = useTranslations('setUp')
  const locale = useLocale()
  const [isLeaving, setLeaving] = useState(false)
  const [isDone, setDone] = useState(false)
  const { form, submit, errorOf, formError, isBusy } = useApiForm({
    isGuarded: false,
    initial: { name: '', email: '', password: '' },
    schema: sessions.setUp.body,
    toBody: (values) => ({ ...values, email: values.email.trim(), token }),
    // Nobody has a session here that could have ended: a refusal is about the link, and the API says which.
    wordFailure: ({ code, message }) => (code === 'unauthenticated' ? message : undefined),
    send: async (body) => {
      setDone(false)
      await setUp(body, locale).catch((failure: unknown) => {
        setDone(failure instanceof CallFailed && failure.code === 'conflict')
        throw failure
      })
      setLeaving(true)
      location.replace(`/${locale}${paths.dashboard()}`)
    },
  })
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-6">
      <div className="flex flex-col gap-1">
        <h1 className="text-2xl font-semibold tracking-tight">{t('title')}</h1>
        <p className="text-sm text-muted">{t('purpose')}</p>
      </div>
      <div className="flex flex-col gap-4">
        <Field label={t('name')} error={errorOf('name')}>
          {(control) => <Input {...control} {...form.register('name')} autoComplete="name" autoFocus className={large} />}
        </Field>
        <Field label={t('email')} error={errorOf('email')}>
          {(control) => <Input {...control} {...form.register('email')} type="email" autoComplete="username" className={large} />}
        </Field>
        <Field label={t('password')} help={t('passwordHelp')} error={errorOf('password')}>
          {(control) => (
            <SecretInput {...control} {...form.register('password')} kind="password" autoComplete="new-password" className={large} />
          )}
        </Field>
        {formError && (
          <Alert tone="danger" title={isDone ? formError : undefined}>
            {isDone ? (
              <Link href={paths.signIn()} className="rounded-sm font-medium underline">
                {t('goToSignIn')}
              </Link>
            ) : (
              formError
            )}
          </Alert>
        )}
      </div>
      <Button tone="primary" size="lg" type="submit" isBusy={isBusy || isLeaving}>
        {t('submit')}
      </Button>
    </form>
  )
}
