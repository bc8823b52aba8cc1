import * as z from 'zod/mini'

/** The ten providers, as the key API spells them. */
export const providerNames = [
  'openai',
  'anthropic',
  'google',
  'groq',
  'ollama',
  'mistral',
  'cohere',
  'deepseek',
  'azure',
  'openrouter',
] as const
export const Provider = z.enum(providerNames)

export const locales = ['pt-BR', 'en', 'es'] as const
export const Locale = z.enum(locales)
export type Locale = (typeof locales)[number]

export const Id = z.uuid()
/** An id in a path: anything that is no id names nothing, and is answered 404 like an id that does not exist. */
export const idParams = z.strictObject({ id: z.string().check(z.maxLength(64)) })

/** An instant, ISO-8601 in UTC with `Z`. */
export const Time = z.iso.datetime()
/** An instant that a caller asks for: not so long ago that the day before it could not be written. */
export const AskedTime = z.iso.datetime().check(z.refine((time) => time >= '1970'))

/** US dollars: 0 or more, at most a billion, at most 9 decimals. */
export const Usd = z.number().check(
  z.minimum(0),
  z.maximum(1_000_000_000),
  z.refine((usd) => Number(usd.toFixed(9)) === usd, { error: 'decimals' }),
)

export const Name = z.string().check(z.trim(), z.minLength(1), z.maxLength(120), z.regex(/^[^\p{Cc}]*$/u))

export const Email = z.email().check(z.maxLength(254))

/** A password a person chooses: 12 characters or more, any characters. */
export const NewPassword = z.string().check(z.minLength(12), z.maxLength(256))

/** `limit` and `cursor` of every list but the key API's. */
export const page = {
  limit: z._default(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(200)), 50),
  cursor: z.optional(z.string().check(z.maxLength(200))),
}

/** A list's reply: the items, and the cursor of the next page or null. */
export function listOf<T extends z.ZodMiniType>(item: T) {
  return z.strictObject({ items: z.array(item), next_cursor: z.nullable(z.string()) })
}

export const Empty = z.undefined()
