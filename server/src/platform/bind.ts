import type { Endpoint, Received } from '@llm-manager/contract/endpoint'
import type * as z from 'zod/mini'
import type { Ctx, PublicCtx } from './ctx.ts'

type CtxOf<E extends Endpoint> = E['access'] extends 'public' ? PublicCtx : Ctx
type Handlers<T extends Record<string, Endpoint>> = {
  [K in keyof T]: (ctx: CtxOf<T[K]>, input: Received<T[K]>) => Promise<z.input<T[K]['reply']>>
}

/** An endpoint with the operation that serves it. */
export type Route = { name: string; endpoint: Endpoint; handle: (ctx: Ctx, input: Received<Endpoint>) => Promise<unknown> }

/** Pairs every endpoint of a noun with its operation; a missing one does not compile. */
export function bind<T extends Record<string, Endpoint>>(noun: string, endpoints: T, handlers: Handlers<T>): Route[] {
  return Object.entries(endpoints).map(([name, endpoint]) => ({
    name: `${noun}.${name}`,
    endpoint,
    handle: handlers[name] as unknown as Route['handle'],
  }))
}
