'use client'

import { useTranslations } from 'next-intl'
import { Eye, OctagonMinus } from 'lucide-react'
import { TokenInput } from '#ui/choose/token-input.tsx'
import { Field } from '#ui/form/field.tsx'
import { Tiles } from '#ui/form/tiles.tsx'
import { isThreshold } from './quota-form-values.ts'

const icon = 'mt-0.5 size-4 shrink-0 text-faint'

/** Whether calls are refused at the amount. */
export function HardField({ isHard, onChange }: { isHard: boolean; onChange: (isHard: boolean) => void }) {
  const t = useTranslations('quotas')
  return (
    <Tiles
      label={t('atAmount')}
      columns={2}
      value={isHard ? 'hard' : 'watched'}
      onChange={(next) => onChange(next === 'hard')}
      options={[
        { value: 'hard', label: t('mode.hard.choice'), hint: t('mode.hard.hint'), icon: <OctagonMinus aria-hidden className={icon} /> },
        { value: 'watched', label: t('mode.watched.choice'), hint: t('mode.watched.hint'), icon: <Eye aria-hidden className={icon} /> },
      ]}
    />
  )
}

type ThresholdsFieldProps = { thresholds: readonly string[]; error: string | undefined; onChange: (thresholds: string[]) => void }

/** The parts of the amount that are marked on its bar. */
export function ThresholdsField({ thresholds, error, onChange }: ThresholdsFieldProps) {
  const t = useTranslations('quotas')
  return (
    <Field label={t('thresholds')} help={t('form.thresholdsHelp')} isOptional error={error && t('form.thresholdsError')}>
      {(control) => (
        <TokenInput
          control={control}
          tokens={thresholds}
          onChange={(tokens) => onChange(inOrder(tokens))}
          separators={/[\s;,]+/}
          isValid={isThreshold}
          suggestions={['50%', '80%', '90%', '100%']}
        />
      )}
    </Field>
  )
}

/** Thresholds with their sign, each once, the lowest first; what is none stays as it was typed. */
function inOrder(tokens: readonly string[]): string[] {
  const written = tokens.map((token) => (isThreshold(token) ? `${Number.parseFloat(token)}%` : token))
  return [...new Set(written)].toSorted((a, b) => (Number.parseFloat(a) || 0) - (Number.parseFloat(b) || 0))
}
