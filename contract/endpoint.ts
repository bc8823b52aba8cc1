import type * as z from 'zod/mini'
import type { ErrorCode } from './errors.ts'
import type { Access } from './permissions.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

type Schema = z.ZodMiniType

/** What is said over HTTP by one route. Routes, OpenAPI, the client, forms and the access tests all derive from it. */
export type Endpoint = {
  method: Method
  /** Path below the origin, parameters as `{name}`. */
  path: string
  access: Access
  /** The plan the caller's tenant must have besides. */
  plan?: 'enterprise'
  summary: string
  params?: Schema
  query?: Schema
  body?: Schema
  /** The reply's status; 200 unless said. */
  status?: number
  reply: Schema
  /** Refusals beyond those every endpoint shares (401, 403, 400, 415, 413, 429, 500, 503). */
  fails?: readonly ErrorCode[]
  /** One call that works, for the docs and the tests about every endpoint. */
  example: { params?: Record<string, string>; query?: Record<string, string>; body?: unknown }
}

/** Declares an endpoint; the identity function, so that each keeps its own precise type. */
export function endpoint<const E extends Endpoint>(declared: E): E {
  return declared
}

type Out<S> = S extends Schema ? z.output<S> : undefined
type In<S> = S extends Schema ? z.input<S> : undefined

/** What an operation receives of an endpoint: parsed and believed. */
export type Received<E extends Endpoint> = { params: Out<E['params']>; query: Out<E['query']>; body: Out<E['body']> }

type Filled<T> = { [K in keyof T as T[K] extends undefined ? never : K]: T[K] }
/** What a caller sends to an endpoint; absent parts need not be named. */
export type Sent<E extends Endpoint> = Filled<{ params: In<E['params']>; body: In<E['body']> }> & { query?: In<E['query']> }

/** What an endpoint answers. */
export type Replied<E extends Endpoint> = z.output<E['reply']>
