import type { ShapeName } from './shapes.ts'

/** The key that the upstream takes; a gateway of ours puts it in place of the caller's own. */
export const UPSTREAM_KEY = 'sk-bench-upstream-0123456789abcdefghijklmnopqrstuvwxyz0123456789'

/** What the generator is told: where, what, as whom, and for how long. */
export type LoadOrder = {
  shape: ShapeName
  port: number
  /** Header lines of a request, one set for each connection in turn. */
  headers: string[][]
  warmUpMs: number
  windowMs: number
  /** The gateway's process, and the mock's, whose CPU time is read at the ends of the window. */
  gatewayPid: number
  mockPid: number
}

/** What the generator saw. Times of one kind are in the unit their names end with. */
export type LoadResult = {
  type: 'result'
  /** In the window. */
  ok: number
  frames: number
  windowMs: number
  gatewayCpuUs: number
  databaseCpuUs: number
  /** CPUs kept busy by programs that have no part in this. */
  othersCpus: number
  /** The part of its core that mock and generator took together. */
  loadSideCpus: number
  latencyMs: { p50: number; p99: number }
  /** From the first request to the last, warm-up included. */
  total: { ok: number; failed: number; frames: number; lostFrames: number; identical: number; altered: number }
  failures: Record<string, number>
  maxLagMs: number
}

/** What the mock saw. */
export type MockStats = {
  type: 'stats'
  served: number
  refused: number
  identicalRequests: number
  alteredRequests: number
  maxLagMs: number
}
