'use client'

import { accessKeys as schemas } from '@llm-manager/contract/access-keys'
import { ChevronRight } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { useWatch } from 'react-hook-form'
import { usage } from '#lib/api/endpoints.ts'
import { useApiQuery } from '#lib/api/use-api.ts'
import type { ApiForm } from '#lib/forms/use-api-form.ts'
import { spanOf } from '#lib/range.ts'
import { useMe } from '#lib/session/me-context.tsx'
import { TokenInput } from '#ui/choose/token-input.tsx'
import { Field } from '#ui/form/field.tsx'
import { exampleModels } from '../_code/example-models.ts'
import type { AccessKey } from '../access-key.ts'
import { parseTag } from './key-form-values.ts'
import type { AccessKeyFormValues } from './key-form-values.ts'

type Api = ApiForm<AccessKeyFormValues>

const gaps = /[\s,;]+/
const lines = /[\n\r,;]+/

/** Which models the key may name; none named means all. */
export function ModelsField({ api: { form, errorOf }, knownKeys }: { api: Api; knownKeys: readonly AccessKey[] }) {
  const t = useTranslations('accessKeys')
  const models = useWatch({ control: form.control, name: 'models' })
  const suggestions = useModelSuggestions(knownKeys)
  return (
    <Field label={t('models')} help={t('modelsHelp')} isOptional error={errorOf('models')}>
      {(control) => (
        <TokenInput
          control={control}
          tokens={models}
          onChange={(tokens) => form.setValue('models', tokens, { shouldDirty: true })}
          separators={gaps}
          suggestions={suggestions}
          placeholder={t('allModels')}
        />
      )}
    </Field>
  )
}

/** What few keys need, folded away unless it is in use or wrong. */
export function MoreFields({ api: { form, errorOf } }: { api: Api }) {
  const t = useTranslations('accessKeys')
  const allowedIps = useWatch({ control: form.control, name: 'allowed_ips' })
  const tags = useWatch({ control: form.control, name: 'tags' })
  const [isOpen, setOpen] = useState(allowedIps.length > 0 || tags.length > 0)
  const isWrong = errorOf('allowed_ips') !== undefined || errorOf('tags') !== undefined
  return (
    <details open={isOpen || isWrong} onToggle={(event) => setOpen(event.currentTarget.open)} className="group border-t pt-4">
      <summary className="flex w-fit list-none items-center gap-1.5 rounded-sm text-sm font-medium text-muted hover:text-text [&::-webkit-details-marker]:hidden">
        <ChevronRight aria-hidden className="size-4 transition-transform group-open:rotate-90" />
        {t('moreOptions')}
      </summary>
      <div className="flex flex-col gap-5 pt-4">
        <Field label={t('allowedIps')} help={t('allowedIpsHelp')} isOptional error={errorOf('allowed_ips')}>
          {(control) => (
            <TokenInput
              control={control}
              tokens={allowedIps}
              onChange={(tokens) => form.setValue('allowed_ips', tokens, { shouldDirty: true, shouldValidate: isWrong })}
              separators={gaps}
              isValid={isAddress}
              placeholder={t('anyAddress')}
            />
          )}
        </Field>
        <Field label={t('tags')} help={t('tagsHelp')} isOptional error={errorOf('tags') && t('tagsError')}>
          {(control) => (
            <TokenInput
              control={control}
              tokens={tags}
              onChange={(tokens) => form.setValue('tags', tokens, { shouldDirty: true, shouldValidate: isWrong })}
              separators={lines}
              isValid={isTag}
              placeholder={t('tagsPlaceholder')}
            />
          )}
        </Field>
      </div>
    </details>
  )
}

/** What was called of late, what other keys name, and a usual model of each provider. */
function useModelSuggestions(knownKeys: readonly AccessKey[]): readonly string[] {
  const isEnabled = useMe().permissions.includes('usage:read')
  const { data } = useApiQuery(usage.breakdown, {
    sent: () => ({ query: { ...spanOf('30d', Date.now()), group_by: 'model' as const } }),
    key: 'models-30d',
    isEnabled,
  })
  const used = (data?.items ?? []).flatMap(({ group }) => group ?? [])
  return [...used, ...knownKeys.flatMap(({ models }) => models ?? []), ...Object.values(exampleModels)]
}

/** The contract says what an address is. */
function isAddress(text: string): boolean {
  return schemas.change.body.safeParse({ allowed_ips: [text] }).success
}

function isTag(text: string): boolean {
  return schemas.change.body.safeParse({ tags: Object.fromEntries([parseTag(text)]) }).success
}
