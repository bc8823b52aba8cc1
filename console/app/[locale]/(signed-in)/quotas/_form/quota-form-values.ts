import { Usd } from '@llm-manager/contract/common'
import type { quotas as schemas } from '@llm-manager/contract/quotas'
import { parseDecimal } from '#lib/format/parse-decimal.ts'
import type { BodySchema, Issue } from '#lib/forms/schema-resolver.ts'
import type { ProviderName } from '#lib/providers.ts'
import type { Metric, Quota, SubjectType, Window } from '../../_quotas/quota.ts'

/** No provider in particular, where a list must have a value. */
export const anyProvider = 'any'

/** The form as it is typed: text, until it is sent. */
export type QuotaFormValues = {
  subject_type: SubjectType
  subject_id: string
  metric: Metric
  amount: string
  window: Window
  /** Whether windows begin with the calendar, or where the person says. */
  begins: 'calendar' | 'anchor'
  timezone: string
  /** A day and time where the person is. */
  anchor: string
  hard: boolean
  /** Each as `80%`. */
  thresholds: string[]
  provider: ProviderName | typeof anyProvider
  model: string
}

/** What can be changed about a limit. */
export type QuotaEditValues = Pick<QuotaFormValues, 'amount' | 'hard' | 'thresholds'> & { usage: 'keep' | 'start_over' }

type Start = { subject_type: SubjectType; subject_id: string; timezone: string; now: Date }

export function emptyValues({ subject_type, subject_id, timezone, now }: Start): QuotaFormValues {
  return {
    subject_type,
    subject_id,
    metric: 'cost',
    amount: '',
    window: 'month',
    begins: 'calendar',
    timezone,
    anchor: minuteOf(now),
    hard: true,
    thresholds: ['80%', '100%'],
    provider: anyProvider,
    model: '',
  }
}

export function editValuesOf({ metric, amount, hard, thresholds }: Quota, locale: string): QuotaEditValues {
  return { amount: amountText(locale, metric, amount), hard, thresholds: thresholds.map(thresholdText), usage: 'keep' }
}

/** Whether the windows of a limit have a beginning that can be chosen. */
export function hasBeginning({ metric, window }: Pick<QuotaFormValues, 'metric' | 'window'>): boolean {
  return metric !== 'parallel' && window !== 'total' && window !== 'minute'
}

/** The body of a new limit. */
export function newQuotaBody(values: QuotaFormValues, locale: string) {
  const { subject_type, subject_id, metric, hard, begins, timezone, provider } = values
  const window: Window = metric === 'parallel' ? 'total' : values.window
  const beginning = begins === 'calendar' ? { timezone } : { anchor: instantOf(values.anchor) }
  return {
    subject_type,
    subject_id,
    metric,
    amount: parseDecimal(locale, values.amount),
    window,
    ...(hasBeginning(values) && beginning),
    hard,
    thresholds: values.thresholds.map(thresholdOf),
    provider: provider === anyProvider ? null : provider,
    model: values.model.trim() || null,
  }
}

/** What changes about a limit. */
export function quotaChangeBody({ amount, hard, thresholds, usage }: QuotaEditValues, locale: string) {
  return { amount: parseDecimal(locale, amount), hard, thresholds: thresholds.map(thresholdOf), usage }
}

/** The contract's schema, and what it says besides of an amount in the unit of its metric. */
export function quotaSchema(schema: typeof schemas.create.body | typeof schemas.change.body, metric?: Metric): BodySchema {
  return {
    safeParse: (body) => {
      const result = schema.safeParse(body)
      if (!result.success) return result
      const { amount = 0, metric: own } = result.data as { amount?: number; metric?: Metric }
      const issues = amountIssues((own ?? metric)!, amount)
      return issues.length > 0 ? { success: false, error: { issues } } : { success: true }
    },
  }
}

function amountIssues(metric: Metric, amount: number): Issue[] {
  if (metric !== 'cost') return Number.isSafeInteger(amount) ? [] : [{ code: 'whole', path: ['amount'] }]
  const result = Usd.safeParse(amount)
  if (result.success) return []
  return result.error.issues.map((issue) => ({ ...issue, code: issue.code === 'custom' ? 'decimals' : issue.code, path: ['amount'] }))
}

/** An amount as it is typed and shown in its field: dollars with cents, counts in groups of three. */
export function amountText(locale: string, metric: Metric, amount: number): string {
  const digits = metric === 'cost' ? { minimumFractionDigits: 2, maximumFractionDigits: 9 } : { maximumFractionDigits: 0 }
  return new Intl.NumberFormat(locale, digits).format(amount)
}

/** A typed amount as its field shows it once it is left; what is no number stays as it was typed. */
export function tidyAmount(locale: string, metric: Metric, text: string): string {
  const amount = parseDecimal(locale, text)
  if (amount === null || Number.isNaN(amount)) return text
  return metric === 'cost' || Number.isSafeInteger(amount) ? amountText(locale, metric, amount) : text
}

export function thresholdText(part: number): string {
  return `${Number((part * 100).toFixed(4))}%`
}

/** `80%` or `80` as the part that the API takes; NaN for what is no number. */
export function thresholdOf(text: string): number {
  return Number((Number(text.replace('%', '').trim()) / 100).toFixed(6))
}

export function isThreshold(text: string): boolean {
  const part = thresholdOf(text)
  return part > 0 && part <= 10
}

/** A minute where the person is, as a field of day and time holds it. */
export function minuteOf(date: Date): string {
  const two = (part: number) => String(part).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`
}

/** The instant of such a field, as the API takes it; the text itself where it is none. */
export function instantOf(text: string): string {
  const at = new Date(text)
  return Number.isNaN(at.getTime()) ? text : at.toISOString()
}
