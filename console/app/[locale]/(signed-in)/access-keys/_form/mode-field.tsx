'use client'

import { useTranslations } from 'next-intl'
import * as Radix from 'radix-ui/radio-group'
import { useId } from 'react'
import { useWatch } from 'react-hook-form'
import type { ApiForm } from '#lib/forms/use-api-form.ts'
import type { AccessKeyFormValues } from './key-form-values.ts'

/** Whether what is done with the key counts. It is part of the secret and cannot be changed later. */
export function ModeField({ api: { form } }: { api: ApiForm<AccessKeyFormValues> }) {
  const t = useTranslations('accessKeys')
  const id = useId()
  const mode = useWatch({ control: form.control, name: 'mode' })
  return (
    <div className="flex flex-col gap-1.5">
      <span id={id} className="text-sm font-medium">
        {t('modeLabel')}
      </span>
      <Radix.Root
        aria-labelledby={id}
        value={mode}
        onValueChange={(chosen) => form.setValue('mode', chosen === 'test' ? 'test' : 'live', { shouldDirty: true })}
        className="grid gap-2 sm:grid-cols-2"
      >
        {(['live', 'test'] as const).map((value) => (
          <Radix.Item
            key={value}
            value={value}
            className="flex flex-col gap-0.5 rounded-md border border-line-strong p-3 text-left transition-colors duration-75 hover:bg-hover data-[state=checked]:border-accent data-[state=checked]:bg-accent-soft data-[state=checked]:shadow-[inset_0_0_0_1px_var(--accent)]"
          >
            <span className="flex items-baseline justify-between gap-2 text-sm font-medium">
              {t(`mode.${value}.name`)}
              <code className="font-mono text-2xs font-normal text-muted">{`lm_${value}_`}</code>
            </span>
            <span className="text-xs text-muted">{t(`mode.${value}.hint`)}</span>
          </Radix.Item>
        ))}
      </Radix.Root>
    </div>
  )
}
