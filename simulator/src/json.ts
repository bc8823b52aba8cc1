/** A parsed JSON value; request bodies are read through the helpers below and never trusted to have a shape. */
export type Json = string | number | boolean | null | Json[] | JsonObject
export interface JsonObject {
  [name: string]: Json | undefined
}

/** The value as an object, or undefined when it is anything else. */
export function objectOf(value: Json | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
}

/** The value as an array; anything else reads as the empty array. */
export function arrayOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : []
}

/** The value as a string, or undefined. */
export function stringOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** The value as a finite number, or undefined. */
export function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** A JSON text as an object; undefined for malformed JSON and for other JSON values. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    return objectOf(JSON.parse(text) as Json)
  } catch {
    return undefined
  }
}
