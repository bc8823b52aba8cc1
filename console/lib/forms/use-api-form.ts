'use client'

import { CallFailed } from '@llm-manager/contract/client'
import { useTranslations } from 'next-intl'
import { useEffect } from 'react'
import { useForm } from 'react-hook-form'
import type { DefaultValues, FieldValues, Path, UseFormReturn } from 'react-hook-form'
import { useFailureText } from '../api/failure-text.ts'
import { fieldAt, schemaResolver } from './schema-resolver.ts'
import type { BodySchema, FieldFault } from './schema-resolver.ts'

type ApiFormOptions<V extends FieldValues, B> = {
  initial: DefaultValues<V>
  /** The contract's schema of the body. */
  schema: BodySchema
  /** The one place where the form's values take the API's shape. */
  toBody: (values: V) => B
  /** Sends it; throws `CallFailed`. */
  send: (body: B) => Promise<unknown>
  /** Words a failure where this form has better words than `errors`; undefined leaves it to those. */
  wordFailure?: (failure: CallFailed) => string | undefined
  /** Whether the browser asks before unsent values are lost; yes unless said. */
  isGuarded?: boolean
}

export type ApiForm<V extends FieldValues> = {
  form: UseFormReturn<V>
  submit: (event: { preventDefault: () => void }) => void
  /** What is wrong with a field, in words: found here or said by the API. */
  errorOf: (name: Path<V>) => string | undefined
  /** What is wrong with the whole, or with a field that is not on the form. */
  formError: string | undefined
  isBusy: boolean
  isDirty: boolean
}

/** The one pattern of a form: checked by the contract's schema, sent once, the API's complaints put at their fields. */
export function useApiForm<V extends FieldValues, B>({
  initial,
  schema,
  toBody,
  send,
  wordFailure,
  isGuarded = true,
}: ApiFormOptions<V, B>): ApiForm<V> {
  const describe = useFailureText()
  const wordFault = useFaultText()
  const form = useForm<V>({ defaultValues: initial, resolver: schemaResolver(schema, toBody) })
  const { errors, isSubmitting, isSubmitSuccessful, isDirty } = form.formState
  useLeaveGuard(isGuarded && isDirty && !isSubmitSuccessful)

  const submit = (event: { preventDefault: () => void }) => {
    event.preventDefault()
    if (isSubmitting) return
    void form.handleSubmit(async (values) => {
      try {
        await send(toBody(values))
      } catch (failure) {
        if (!(failure instanceof CallFailed)) throw failure
        const fields = Object.keys(form.getValues())
        const placed = failure.errors
          .map(({ path, reason }) => ({ field: fieldAt(path.split('.'), fields), reason }))
          .filter(({ field }) => field !== 'root')
        for (const { field, reason } of placed) form.setError(field as Path<V>, { type: 'server', message: reason })
        if (placed.length === 0) form.setError('root', { type: 'server', message: wordFailure?.(failure) ?? describe(failure) })
      }
    })()
  }

  const textOf = (error: { type?: unknown; message?: unknown } | undefined) => {
    if (typeof error?.message !== 'string') return undefined
    return error.type === 'server' ? error.message : wordFault(JSON.parse(error.message) as FieldFault)
  }
  return {
    form,
    submit,
    errorOf: (name) => textOf((errors as Record<string, { type?: unknown; message?: unknown } | undefined>)[name]),
    formError: textOf(errors.root),
    isBusy: isSubmitting,
    isDirty: isDirty && !isSubmitSuccessful,
  }
}

function useFaultText(): (fault: FieldFault) => string {
  const t = useTranslations('errors.fields')
  return ({ type, limit = 0 }) => t(type, { limit })
}

/** The browser asks before a page with unsent changes is closed or left. */
function useLeaveGuard(isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', ask)
    return () => removeEventListener('beforeunload', ask)
  }, [isOn])
}
