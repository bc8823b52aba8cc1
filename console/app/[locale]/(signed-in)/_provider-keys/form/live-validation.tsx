'use client'

import { CircleAlert, CircleCheck, LoaderCircle, TriangleAlert } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { providers } from '#lib/api/endpoints.ts'
import { useFailureText } from '#lib/api/failure-text.ts'
import { useApiMutation } from '#lib/api/use-api.ts'
import { providerLabel } from '#lib/providers.ts'
import type { ProviderName } from '#lib/providers.ts'

export type Credential = { provider: ProviderName; api_key: string; base_url: string; options: Record<string, string> }

/** Asks the provider about a key as soon as it is typed in; nothing is stored. */
export function useLiveValidation() {
  const [asked, setAsked] = useState<string | null>(null)
  const validation = useApiMutation(providers.validate)
  const validate = ({ provider, api_key, base_url, options }: Credential) => {
    const body = {
      provider,
      api_key: api_key.trim(),
      ...(base_url.trim() && { base_url: base_url.trim() }),
      ...(Object.keys(options).length > 0 && { options }),
    }
    const question = JSON.stringify(body)
    if (!body.api_key || question === asked) return
    setAsked(question)
    validation.mutate({ body })
  }
  const forget = () => {
    setAsked(null)
    validation.reset()
  }
  return { validation, validate, forget }
}

/** What is no fault of the key itself: it is taken, or may be. */
const keptStatuses = ['unreachable', 'no_credit', 'throttled', 'restricted']

type Validation = ReturnType<typeof useLiveValidation>['validation']

/** What the provider said of the key, under its field. */
export function LiveValidation({ validation: { data, error, isPending }, provider }: { validation: Validation; provider: ProviderName }) {
  const t = useTranslations('providerKeys.validation')
  const describe = useFailureText()
  const line = 'flex items-start gap-1.5 text-xs [&_svg]:mt-0.5 [&_svg]:size-3 [&_svg]:shrink-0'
  return (
    <div aria-live="polite" className="-mt-2 min-h-4">
      {isPending && (
        <p className={`${line} text-muted`}>
          <LoaderCircle aria-hidden className="animate-spin" /> {t('asking', { provider: providerLabel(provider) })}
        </p>
      )}
      {error && (
        <p className={`${line} text-warning-text`}>
          <TriangleAlert aria-hidden /> {describe(error)}
        </p>
      )}
      {data &&
        (data.is_valid || keptStatuses.includes(data.model_info.status) ? (
          <Outcome isFine={data.model_info.status === 'active'} message={data.message} line={line} />
        ) : (
          <Refused message={data.message} reason={data.model_info.reason} line={line} />
        ))}
    </div>
  )
}

function Outcome({ isFine, message, line }: { isFine: boolean; message: string; line: string }) {
  return (
    <p className={`${line} ${isFine ? 'text-ok-text' : 'text-warning-text'}`}>
      {isFine ? <CircleCheck aria-hidden /> : <TriangleAlert aria-hidden />} {message}
    </p>
  )
}

function Refused({ message, reason, line }: { message: string; reason: string | null; line: string }) {
  return (
    <p className={`${line} text-danger-text`}>
      <CircleAlert aria-hidden />
      <span>
        {message}
        {reason && <code className="ml-1 font-mono">{reason}</code>}
      </span>
    </p>
  )
}
