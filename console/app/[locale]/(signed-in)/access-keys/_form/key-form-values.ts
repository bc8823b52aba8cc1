import { forMe, forService, tagText } from '../access-key.ts'
import type { AccessKey } from '../access-key.ts'

/** How long a key lasts: days from now, for ever, or until a day of one's own. */
export const expiries = ['never', '30', '90', '365', 'custom'] as const
export type Expiry = (typeof expiries)[number]

/** The form as it is typed: words and text, until it is sent. */
export type AccessKeyFormValues = {
  name: string
  /** `me`, `service`, or the id of an agent. */
  belongs: string
  mode: AccessKey['mode']
  models: string[]
  allowed_ips: string[]
  expiry: Expiry
  /** A day where the person is, for `custom`. */
  expires_at: string
  /** Each as `name=value`, or a name alone. */
  tags: string[]
}

export function emptyValues(belongs: string): AccessKeyFormValues {
  return { name: '', belongs, mode: 'live', models: [], allowed_ips: [], expiry: 'never', expires_at: '', tags: [] }
}

export function valuesOf(key: AccessKey): AccessKeyFormValues {
  return {
    name: key.name,
    belongs: key.agent_id ?? (key.user_id ? forMe : forService),
    mode: key.mode,
    models: key.models ?? [],
    allowed_ips: key.allowed_ips ?? [],
    expiry: key.expires_at ? 'custom' : 'never',
    expires_at: key.expires_at ? dayOf(new Date(key.expires_at)) : '',
    tags: Object.entries(key.tags).map(tagText),
  }
}

/** The body of a new key. */
export function newKeyBody(values: AccessKeyFormValues, meId: string, now: Date) {
  const { belongs, mode } = values
  const owner = belongs === forMe ? { user_id: meId } : belongs === forService ? {} : { agent_id: belongs }
  return { ...settingsOf(values, now), ...owner, mode }
}

/** What changes about a key. An expiry whose day was not touched stays to the second. */
export function keyChangeBody(values: AccessKeyFormValues, before: AccessKey, now: Date) {
  const settings = settingsOf(values, now)
  const isSameDay = values.expiry === 'custom' && before.expires_at !== null && dayOf(new Date(before.expires_at)) === values.expires_at
  return isSameDay ? { ...settings, expires_at: before.expires_at } : settings
}

function settingsOf(values: AccessKeyFormValues, now: Date) {
  return {
    name: values.name.trim(),
    models: values.models.length > 0 ? values.models : null,
    allowed_ips: values.allowed_ips.length > 0 ? values.allowed_ips : null,
    expires_at: expiryOf(values, now),
    tags: Object.fromEntries(values.tags.map(parseTag)),
  }
}

/** When a key would expire, as the API takes it; null for never, and the text itself where it is no day. */
export function expiryOf({ expiry, expires_at }: Pick<AccessKeyFormValues, 'expiry' | 'expires_at'>, now: Date): string | null {
  if (expiry === 'never') return null
  const day = expiry === 'custom' ? expires_at : dayOf(new Date(now.getFullYear(), now.getMonth(), now.getDate() + Number(expiry)))
  const end = new Date(`${day}T23:59:59`)
  return Number.isNaN(end.getTime()) ? day : end.toISOString()
}

/** `name=value` in its two parts; without a sign the value is empty. */
export function parseTag(text: string): [name: string, value: string] {
  const sign = text.indexOf('=')
  return sign === -1 ? [text.trim(), ''] : [text.slice(0, sign).trim(), text.slice(sign + 1).trim()]
}

/** A day where the person is, as a date field holds it. */
export function dayOf(date: Date): string {
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, '0')).join('-')
}
