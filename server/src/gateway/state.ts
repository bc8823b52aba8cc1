import type { BlockList } from 'node:net'
import type { EventSink } from '../features/usage/events.drain.ts'
import type { Leases } from '../features/quotas/leases/leases.ts'
import type { Platform } from '../platform/ctx.ts'
import type { Journal } from '../platform/journal/journal.ts'
import type { Drain } from './settlement/drain.ts'
import type { Snapshot } from './snapshot/snapshot.ts'
import type { Pools } from './upstream/pools.ts'

/** Bounds of one gateway process. Times in ms. */
export type GatewayBounds = {
  openCallsMax: number
  requestBytesMax: number
  /** Of all requests under way together. */
  requestBytesSumMax: number
  answerBytesMax: number
  errorBytesMax: number
  connectTimeoutMs: number
  /** To the head of an answer; without a stream that is the whole generation. */
  headTimeoutMs: number
  /** Between two pieces of an answer. */
  idleTimeoutMs: number
  /** After the client has left: how long and how many bytes an answer is still read, to be billed as reported, and how many at once. */
  drainTimeMs: number
  drainBytesMax: number
  drainsMax: number
  /** For calls under way, and for the journal after them, when the process stops. */
  closeTimeoutMs: number
}

export const defaultBounds: GatewayBounds = {
  openCallsMax: 4096,
  requestBytesMax: 32 * 1024 * 1024,
  requestBytesSumMax: 512 * 1024 * 1024,
  answerBytesMax: 64 * 1024 * 1024,
  errorBytesMax: 1024 * 1024,
  connectTimeoutMs: 10_000,
  headTimeoutMs: 600_000,
  idleTimeoutMs: 300_000,
  drainTimeMs: 60_000,
  drainBytesMax: 16 * 1024 * 1024,
  drainsMax: 256,
  closeTimeoutMs: 30_000,
}

/** Everything that the steps of a call share. */
export type GatewayState = {
  platform: Platform
  bounds: GatewayBounds
  snapshot: Snapshot
  journal: Journal
  sink: EventSink
  drain: Drain
  /** Of this life of the process. */
  epoch: string
  leases: Leases
  pools: Pools
  trustedProxies: BlockList | null
  openCalls: number
  requestBytes: number
  drains: number
  isClosing: boolean
  /** Called when the last open call is over. */
  onIdle: (() => void) | null
}
