import { parseDecimal } from '#lib/format/parse-decimal.ts'
import { providerLabel } from '#lib/providers.ts'
import type { ProviderName } from '#lib/providers.ts'
import type { ProviderKey } from '../key-kinds.ts'

/** The form as it is typed: text, until it is sent. */
export type KeyFormValues = {
  provider: ProviderName
  name: string
  api_key: string
  base_url: string
  deployment: string
  /** The model behind the deployment. */
  model: string
  api_version: string
  organization: string
  project: string
  usage_limit: string
  expires_at: string
  sandbox: boolean
  weight: string
  priority: string
  validate: boolean
}

/** Options that a provider's keys carry. */
export const optionNames: Partial<Record<ProviderName, readonly ('deployment' | 'model' | 'api_version' | 'organization' | 'project')[]>> =
  {
    azure: ['deployment', 'model', 'api_version'],
    openai: ['organization', 'project'],
  }

export function emptyValues(): KeyFormValues {
  return {
    provider: 'openai',
    name: '',
    api_key: '',
    base_url: '',
    deployment: '',
    model: '',
    api_version: '',
    organization: '',
    project: '',
    usage_limit: '',
    expires_at: '',
    sandbox: false,
    weight: '',
    priority: '',
    validate: true,
  }
}

export function valuesOf(key: ProviderKey, locale: string): KeyFormValues {
  const { deployment = '', model = '', api_version = '', organization = '', project = '' } = key.options
  return {
    deployment,
    model,
    api_version,
    organization,
    project,
    provider: key.provider,
    name: key.name,
    api_key: '',
    base_url: key.base_url ?? '',
    usage_limit:
      key.usage_limit === null
        ? ''
        : new Intl.NumberFormat(locale, { maximumFractionDigits: 9, useGrouping: false }).format(key.usage_limit),
    expires_at: key.expires_at ? localDay(new Date(key.expires_at)) : '',
    sandbox: key.sandbox,
    weight: String(key.weight),
    priority: String(key.priority),
    validate: true,
  }
}

/** Whether a provider is called without a key where none is given. */
export function isKeyOptional(provider: ProviderName): boolean {
  return provider === 'ollama'
}

/** The body of a new key. One that must be given is sent empty when it is not, and so is found missing before anything is sent. */
export function newKeyBody(values: KeyFormValues, locale: string) {
  const { provider, validate } = values
  const api_key = values.api_key.trim()
  return { provider, ...((api_key || !isKeyOptional(provider)) && { api_key }), ...settingsOf(values, locale), validate }
}

/** What changed about a key: the secret and the address only when they were typed anew. */
export function keyChangeBody(values: KeyFormValues, before: ProviderKey, locale: string) {
  const { base_url, ...settings } = settingsOf(values, locale)
  const isMoved = (base_url ?? null) !== before.base_url
  return {
    ...(values.api_key.trim() && { api_key: values.api_key.trim() }),
    ...settings,
    ...(isMoved && { base_url }),
    validate: values.validate,
  }
}

function settingsOf(values: KeyFormValues, locale: string) {
  const names = optionNames[values.provider] ?? []
  const options = Object.fromEntries(names.map((name) => [name, values[name].trim()]).filter(([, value]) => value))
  return {
    name: values.name.trim() || providerLabel(values.provider),
    base_url: values.base_url.trim() || null,
    usage_limit: parseDecimal(locale, values.usage_limit),
    expires_at: values.expires_at ? endOfDay(values.expires_at) : null,
    sandbox: values.sandbox,
    ...(names.length > 0 && { options }),
    ...(values.weight.trim() && { weight: Number(values.weight) }),
    ...(values.priority.trim() && { priority: Number(values.priority) }),
  }
}

/** The last second of a day where the person is. */
function endOfDay(day: string): string {
  const end = new Date(`${day}T23:59:59`)
  return Number.isNaN(end.getTime()) ? day : end.toISOString()
}

function localDay(date: Date): string {
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, '0')).join('-')
}
