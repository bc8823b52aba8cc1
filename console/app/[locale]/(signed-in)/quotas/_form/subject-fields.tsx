'use client'

import { useTranslations } from 'next-intl'
import { useWatch } from 'react-hook-form'
import type { ApiForm } from '#lib/forms/use-api-form.ts'
import { useMe } from '#lib/session/me-context.tsx'
import { Combobox } from '#ui/choose/combobox.tsx'
import { Field } from '#ui/form/field.tsx'
import { Tiles } from '#ui/form/tiles.tsx'
import { SubjectIcon } from '../../_quotas/quota-subject.tsx'
import { subjectTypes } from '../../_quotas/quota.ts'
import type { SubjectType } from '../../_quotas/quota.ts'
import { useQuotaWords } from '../../_quotas/use-quota-words.ts'
import type { QuotaFormValues } from './quota-form-values.ts'
import type { Subject } from './use-subjects.tsx'

type SubjectFieldsProps = { api: ApiForm<QuotaFormValues>; subjects: readonly Subject[]; isPending: boolean }

/** Whose the limit is: what kind of thing, then which. */
export function SubjectFields({ api: { form, errorOf }, subjects, isPending }: SubjectFieldsProps) {
  const t = useTranslations('quotas.form')
  const words = useQuotaWords()
  const { tenant_id } = useMe()
  const [type, id] = useWatch({ control: form.control, name: ['subject_type', 'subject_id'] })
  const chosen = subjects.find(({ value }) => value === id)
  const isFromAbove = chosen?.tenantId !== undefined && chosen.tenantId !== tenant_id
  const chooseType = (next: SubjectType) => {
    form.setValue('subject_type', next, { shouldDirty: true })
    form.setValue('subject_id', next === 'tenant' ? tenant_id : '')
    form.clearErrors('subject_id')
  }
  return (
    <div className="flex flex-col gap-2.5">
      <Tiles
        label={t('whose')}
        columns={2}
        value={type}
        onChange={chooseType}
        options={subjectTypes.map((value) => ({
          value,
          label: words.subjectType(value),
          icon: <SubjectIcon type={value} className="mt-0.5" />,
        }))}
      />
      <Field
        label={t(`which.${type}`)}
        isLabelHidden
        help={isFromAbove ? t('fromAbove') : t(`countsFor.${type}`)}
        error={errorOf('subject_id')}
      >
        {(control) => (
          <Combobox
            control={control}
            choices={subjects}
            value={id}
            isPending={isPending}
            placeholder={t(`which.${type}`)}
            empty={t(`noneOf.${type}`)}
            onChange={(next) =>
              form.setValue('subject_id', next, { shouldDirty: true, shouldValidate: errorOf('subject_id') !== undefined })
            }
          />
        )}
      </Field>
    </div>
  )
}
